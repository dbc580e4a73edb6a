import type { GhostProblem } from '../config.js';
import { errorText } from '../errorText.js';
import { Spool, spoolPlaces } from '../spool/index.js';
import { newUlid } from '../ulid.js';
import { Adoption } from './adoption.js';
import { Anchor } from './anchor.js';
import { Courier } from './courier.js';
import type { Draft, FlushResult } from './delivery.js';
import { recordsDoor } from './door.js';
import { captureDraft, DropCounter } from './dropCounter.js';
import { HttpPoster } from './httpPost.js';
import { OwnRecords } from './ownRecords.js';
import { OwnSource } from './ownSource.js';
import type { CreatePipeline, DropPolicy, Pipeline, PipelineOptions, PipelineStats } from './pipelinePort.js';
import { fetchSealKey, readSealKey } from './sealKey.js';
import { RecordTooLarge, Sealer } from './sealer.js';

const PROBE_MS = 30_000;
const TICK_MS = 1_000;
/** Every single record that finds no room is counted; this is how often it is also said. */
const SAY_FULL_MS = 1_000;
/** What the producer's own records may take when the spool is full: the signed count of what was dropped, and its end. */
const RESERVE_BYTES = { dropped: 65_536, closed: 98_304 };

/** Draft → redact → seal → spool → server, on the thread that calls this. */
export const createPipeline: CreatePipeline = (options) => new SpoolPipeline(options);

class SpoolPipeline implements Pipeline {
  readonly #options: PipelineOptions;
  readonly #spool: Spool;
  readonly #sealer: Sealer;
  readonly #anchor: Anchor | undefined;
  readonly #courier: Courier;
  readonly #adoption: Adoption;
  readonly #drops: DropCounter;
  readonly #own = new OwnRecords();
  readonly #poster = new HttpPoster();
  #lastError: PipelineStats['lastError'];
  #linger: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;
  #saidFullAt = -Infinity;
  /** The last words are said. */
  #finished = false;
  #closed = false;
  #toldPlace = false;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const { now, random, log, signer, batch } = options;
    const problem = (what: GhostProblem): void => this.#problem(what);
    const producer = `prd_${this.#newUlid()}`;
    this.#anchor = options.vkey === undefined ? undefined : new Anchor(options.vkey, problem);
    this.#sealer = new Sealer({ log, signer, producer, after: () => this.#anchor?.latest });
    this.#adoption = new Adoption({
      dirs: () => [...new Set([this.#spool.dir, ...spoolPlaces(options.spool.dir)])],
      log,
      kid: signer.keyId,
      now,
      random,
      problem,
      own: () => this.#spool.folder,
      found: () => this.#courier.start(),
      moved: () => this.#armTick(),
    });
    this.#spool = new Spool(
      {
        options: options.spool,
        producer,
        kid: signer.keyId,
        log,
        problem,
        now,
        others: () => this.#adoption.bytes,
        lost: (count) => this.#own.lose(count),
      },
      options.sealKey === undefined ? undefined : readSealKey(options.sealKey),
    );
    const own = new OwnSource({
      spool: this.#spool,
      records: this.#own,
      now,
      problem,
      moved: () => this.#armTick(),
      sealKey: () => fetchSealKey(this.#door),
    });
    this.#courier = new Courier({
      door: recordsDoor({ ...this.#door, gzipBytes: batch.gzipBytes, now }),
      sources: () => [own, ...this.#adoption.sources],
      maxRecords: batch.maxRecords,
      maxBytes: batch.maxBytes,
      probeMs: batch.probeMs ?? PROBE_MS,
      problem,
      checkpoint: (checkpoint) => this.#anchor?.offer(checkpoint),
      now,
      random,
    });
    this.#drops = new DropCounter({
      session: options.session,
      newId: () => this.#newCaptureId(),
      now,
      spool: (draft) => this.#spoolOwn(draft, RESERVE_BYTES.dropped),
    });
    this.#adoption.start();
  }

  take(draft: Draft): void {
    if (this.#closed) return;
    if (this.#finished) return this.#refuse(draft, 'ghost.closed', 'ghost is closed');
    let redacted: Draft;
    try {
      redacted = this.#options.redact(draft);
    } catch (error) {
      // Nothing that was not redacted goes further.
      this.#refuse(draft, 'ghost.redaction', error);
      return;
    }
    try {
      this.#seal(redacted);
    } catch (error) {
      this.#refuse(draft, 'record.invalid', error);
    }
  }

  full(): boolean {
    return this.#spool.full();
  }

  drop(count: number, policy: DropPolicy): void {
    if (!this.#closed && !this.#finished) this.#drops.add(count, policy);
  }

  async flush(timeoutMs: number): Promise<FlushResult> {
    if (this.#closed) return { pending: this.#own.pending };
    if (!this.#finished) this.#drops.say();
    this.#start();
    this.#courier.hurry();
    return { pending: await this.#own.wait(timeoutMs) };
  }

  finish(timeoutMs: number): Promise<FlushResult> {
    if (!this.#closed) this.#sayLast();
    return this.flush(timeoutMs);
  }

  stats(): PipelineStats {
    const { dir, ephemeral, queue, synced } = this.#spool;
    return {
      ...this.#own.counts(synced),
      dropped: this.#drops.total,
      spool: { dir, ephemeral, bytes: queue.bytes, segments: queue.segments.length },
      circuit: this.#courier.circuit,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#courier.stop();
    this.#sayLast();
    this.#closed = true;
    clearTimeout(this.#linger);
    clearTimeout(this.#tick);
    const lost = this.#spool.close();
    this.#adoption.stop();
    if (lost > 0) {
      const message = `${lost} records that no disk took were not sent either: they are lost`;
      this.#problem({ code: 'spool.lost', message });
    }
  }

  #sayLast(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#drops.say();
    this.#drops.stop();
    if (this.#sealer.seq === 0) return;
    const { session, now } = this.#options;
    const said = { records: this.#sealer.seq, dropped: this.#drops.total, session };
    const draft = captureDraft('capture.closed', { newId: () => this.#newCaptureId(), now }, said);
    this.#spoolOwn(draft, RESERVE_BYTES.closed);
  }

  #seal(draft: Draft): void {
    let kept = false;
    try {
      this.#sealer.seal(draft, ({ line }) => (kept = this.#spool.append(line)));
    } catch (error) {
      if (!(error instanceof RecordTooLarge)) throw error;
      this.#problem({ code: 'record.too_large', message: error.message, id: draft.id });
      this.#drops.add(1, 'too-large');
      return;
    }
    if (kept) {
      this.#own.spooled();
      this.#tellPlace();
      this.#arrived();
    } else this.#turnAway(draft);
  }

  /** Once, when the first record is on a disk. Nothing failed: it is no last error. */
  #tellPlace(): void {
    if (this.#toldPlace || this.#spool.failing) return;
    this.#toldPlace = true;
    if (!this.#spool.isOnEphemeralDisk) return;
    const message = `spool: ephemeral. ${this.#spool.dir} survives the process and not the machine or the pod; ack: 'server' waits for the commit`;
    this.#options.problem({ code: 'spool.ephemeral', message });
  }

  #turnAway({ id }: Draft): void {
    const now = this.#options.now();
    this.#drops.add(1, 'spool-full');
    this.#start();
    this.#armTick();
    if (Math.abs(now - this.#saidFullAt) < SAY_FULL_MS) return;
    this.#saidFullAt = now;
    const message = `the spool holds ${this.#spool.queue.bytes} bytes and takes no more: records are dropped and counted`;
    this.#problem({ code: 'ghost.spool_full', message, id });
  }

  /** A record of this producer about itself. It has no values of the caller's. */
  #spoolOwn(draft: Draft, reserve: number): boolean {
    let kept = false;
    try {
      this.#sealer.seal(draft, ({ line }) => (kept = this.#spool.append(line, reserve)));
    } catch (error) {
      this.#problem({ code: 'record.invalid', message: errorText(error), id: draft.id });
    }
    if (!kept) return false;
    this.#own.spooledOwn(this.#sealer.seq);
    this.#arrived();
    return true;
  }

  #refuse({ id }: Draft, code: string, error: unknown): void {
    this.#own.refused();
    this.#problem({ code, message: errorText(error), id });
  }

  #arrived(): void {
    const { maxRecords, lingerMs } = this.#options.batch;
    if (this.#own.waited || this.#own.pending >= maxRecords) this.#start();
    else this.#linger ??= setTimeout(() => this.#start(), lingerMs).unref();
    if (this.#spool.failing) this.#armTick();
  }

  #start(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    this.#courier.start();
  }

  /** At most once a second: how far the server is, and whether a disk that failed takes records again. */
  #armTick(): void {
    if (this.#closed) return;
    this.#tick ??= setTimeout(() => {
      this.#tick = undefined;
      this.#spool.retryDisk();
      this.#spool.saveAcked();
      this.#adoption.saveAcked();
      if (this.#spool.failing) this.#armTick();
    }, TICK_MS).unref();
  }

  #problem(problem: GhostProblem): void {
    const { code, message } = problem;
    this.#lastError = { code, message, at: new Date(this.#options.now()).toISOString() };
    this.#options.problem(problem);
  }

  get #door(): Parameters<typeof fetchSealKey>[0] {
    const { endpoint, apiKey, batch } = this.#options;
    return {
      endpoint,
      apiKey,
      timeoutMs: batch.requestTimeoutMs,
      post: (request) => this.#poster.post(request),
    };
  }

  #newUlid(): string {
    return newUlid(this.#options.now());
  }

  #newCaptureId(): string {
    return `cap_${this.#newUlid()}`;
  }
}
