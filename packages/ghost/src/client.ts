import type { Client } from './clientPort.js';
import type { GhostConfig, GhostProblem, GhostStats } from './config.js';
import { closeAtExit } from './host/exitHook.js';
import type { Host } from './host/host.js';
import { RingHost } from './host/ringHost.js';
import { Sampling } from './host/sampling.js';
import { ConfigFault, DEFAULTS, readSettings } from './host/settings.js';
import { startThread } from './host/startThread.js';
import { workParts } from './host/workParts.js';
import { messageOf } from './readDecision.js';
import { SDK } from './sdk.js';
import { shared } from './scope.js';
import { newUlid } from './ulid.js';

/** What is unsent when another configuration takes its place is sent in the background for so long; then it waits in the spool. */
const RETIRE_MS = 60_000;

/** Reports without ever throwing back. */
function reporter(onProblem: GhostConfig['onProblem']): (problem: GhostProblem) => void {
  return (problem) => {
    try {
      if (onProblem !== undefined) onProblem(problem);
      else if (process.env['TENET_GHOST_DEBUG'] !== undefined)
        process.emitWarning(problem.message, { code: problem.code, type: 'GhostWarning' });
    } catch {
      // The caller's own handler failed; there is nobody left to tell.
    }
  };
}

/** Throws for a configuration that can't work; `configure` turns that into a report. */
export function createClient(config: GhostConfig): Client {
  const problem = reporter(config.onProblem);
  const session = config.session ?? `ses_${newUlid()}`;
  const { plain, signer, full, ringBytes, tagKey, waitForServer } = readSettings(config, session);
  // Rules that can't work are found here and not on another thread.
  let redact = plain.redact && workParts().compileRedaction(plain.redact);
  const host = new RingHost({
    ringBytes,
    full,
    problem,
    detached: (act) => shared.scopes.exit(act),
    pipeline: () => workParts().makePipeline(plain, problem, signer),
    startThread:
      signer === undefined
        ? (memory) => startThread({ memory, settings: plain, waitForSpool: full !== 'drop-newest' })
        : undefined,
  });
  const sampling = new Sampling({
    rules: config.sampling,
    session,
    agent: SDK.replace('/', '@'),
    problem,
    newId: () => `cap_${newUlid()}`,
    now: () => Date.now(),
    random: () => Math.random(),
  });
  return new ConfiguredClient(config, {
    ...{ host, sampling, session, tagKey, problem, waitForServer },
    redact: (draft) => (redact ??= workParts().compileRedaction())(draft),
  });
}

interface Parts {
  readonly host: Host;
  readonly sampling: Sampling;
  readonly session: string;
  readonly tagKey: Uint8Array | undefined;
  readonly problem: Client['problem'];
  readonly waitForServer: boolean;
  readonly redact: Client['redact'];
}

class ConfiguredClient implements Client {
  readonly tenant: string;
  readonly session: string;
  readonly origin: Client['origin'];
  readonly lineage: Client['lineage'];
  readonly codeDigest: string | undefined;
  readonly tagKey: Uint8Array | undefined;
  readonly problem: Client['problem'];
  readonly settle: Client['settle'];
  readonly redact: Client['redact'];
  readonly #host: Host;
  readonly #sampling: Sampling;
  #refused = 0;

  constructor(config: GhostConfig, { host, sampling, session, tagKey, problem, waitForServer, redact }: Parts) {
    this.redact = redact;
    this.tenant = config.tenant;
    this.session = session;
    this.origin = config.origin ?? 'agent';
    this.lineage = config.lineage ?? {};
    this.codeDigest = config.codeDigest;
    this.tagKey = tagKey;
    this.problem = problem;
    this.settle = waitForServer ? () => this.#settle() : undefined;
    this.#host = host;
    this.#sampling = sampling;
    closeAtExit(this);
  }

  newId(): string {
    return `dec_${newUlid()}`;
  }

  enqueue(draft: Parameters<Client['enqueue']>[0]): void {
    const offered = 'json' in draft ? draft.json : draft;
    if (this.#sampling.off) return void this.#host.offer(offered);
    if (draft.kind !== 'decision' || this.#sampling.keep(draft.type)) this.#host.offer(offered);
    this.#saySampled(false);
  }

  #saySampled(atOnce: boolean): void {
    for (const draft of this.#sampling.due(atOnce)) this.#host.offer(draft);
  }

  refuse(what: GhostProblem): void {
    this.#refused += 1;
    this.problem(what);
  }

  /** Bounded: a server that does not answer costs an agent so much and no more; its record is in the spool. */
  async #settle(): Promise<void> {
    const { pending } = await this.flush(DEFAULTS.ackTimeoutMs);
    if (pending > 0) {
      const message = `${pending} records were not acknowledged within ${DEFAULTS.ackTimeoutMs} ms; they are in the spool`;
      this.problem({ code: 'ghost.ack_timeout', message });
    }
  }

  flush(timeoutMs: number): ReturnType<Client['flush']> {
    this.#saySampled(true);
    return shared.scopes.exit(() => this.#host.flush(timeoutMs));
  }

  close(timeoutMs: number): ReturnType<Client['close']> {
    this.#saySampled(true);
    return shared.scopes.exit(() => this.#host.close(timeoutMs));
  }

  stats(): GhostStats {
    const stats = this.#host.stats();
    return { ...stats, enqueued: stats.enqueued + this.#refused, refused: stats.refused + this.#refused };
  }

  retire(): void {
    this.#saySampled(true);
    shared.scopes.exit(() => this.#host.retire(RETIRE_MS));
  }

  closeNow(): void {
    this.#saySampled(true);
    this.#host.closeNow();
  }
}

const NO_STATS: GhostStats = {
  enqueued: 0,
  spooled: 0,
  synced: 0,
  acknowledged: 0,
  refused: 0,
  duplicates: 0,
  dropped: 0,
  blockedMs: 0,
  spool: { dir: '', ephemeral: true, bytes: 0, segments: 0 },
  circuit: 'closed',
};

let idle: Client | undefined;

/** Stands in before `configure`: agents run as ever, nothing is recorded, and that is said once. */
export function idleClient(): Client {
  if (idle !== undefined) return idle;
  let said = false;
  const say = (message: string): void => {
    if (said) return;
    said = true;
    process.emitWarning(message, { code: 'GHOST_NOT_CONFIGURED', type: 'GhostWarning' });
  };
  idle = {
    tenant: '',
    session: '',
    origin: 'agent',
    lineage: {},
    codeDigest: undefined,
    tagKey: undefined,
    settle: undefined,
    redact: (draft) => draft,
    newId: () => `dec_${newUlid()}`,
    enqueue: () => say('ghost is not configured: decisions are not recorded'),
    refuse: () => undefined,
    problem: ({ message }) => say(message),
    flush: () => Promise.resolve({ pending: 0 }),
    close: () => Promise.resolve({ pending: 0 }),
    stats: () => NO_STATS,
    retire: () => undefined,
  };
  return idle;
}

/** Never throws: an agent module that configures itself has to load in a replay too, where its environment is empty. */
export function configure(config: GhostConfig): boolean {
  const before = shared.client;
  try {
    shared.client = createClient(config);
    return true;
  } catch (error) {
    shared.client = undefined;
    reporter(
      config.onProblem ??
        ((problem) => process.emitWarning(problem.message, { code: 'GHOST_NOT_CONFIGURED', type: 'GhostWarning' })),
    )({
      code: 'ghost.not_configured',
      message: messageOf(error),
      ...(error instanceof ConfigFault && { field: error.field }),
    });
    return false;
  } finally {
    before?.retire();
  }
}
