import type { Json } from '@tenet-ledger/record';
import type { CaptureValues, ChainEntry, Place, ProducerReport, Sampled, Span, Verdict } from './types.js';

export interface ChainOf {
  readonly producer: string;
  readonly kid: string;
  readonly conflicts: number;
}

const MAX_LISTED = 1_000;
const MAX_NAMES = 20;

/** Follows one chain in the order of its numbers. Holds what is wrong, not the chain. */
export class ChainInspector {
  #first: Place | null = null;
  #last: (Place & { readonly sHash: string }) | null = null;
  #entries = 0;
  #decisions = 0;
  #queued = 0;
  #missing = 0;
  readonly #gaps: Span[] = [];
  #duplicates = 0;
  readonly #duplicateNumbers: Place[] = [];
  readonly #breaks: Place[] = [];
  #broken = 0;
  readonly #agents = new Set<string>();
  readonly #sessions = new Set<string>();
  readonly #capture: ChainEntry[] = [];

  add(entry: ChainEntry): void {
    const place = placeOf(entry);
    const before = this.#last;
    this.#first ??= place;
    if (entry.duplicate) this.#countDuplicate(place);
    else this.#count(entry);
    if (entry.kind !== 'capture' && this.#agents.size < MAX_NAMES) this.#agents.add(entry.agent);
    if (entry.session !== null && this.#sessions.size < MAX_NAMES) this.#sessions.add(entry.session);
    const due = before === null ? 1 : before.seq + 1;
    if (entry.seq > due) {
      this.#missing += entry.seq - due;
      if (this.#gaps.length < MAX_LISTED) this.#gaps.push({ from: due, to: entry.seq - 1 });
    } else if (before !== null && entry.prev !== before.sHash) {
      this.#broken += 1;
      if (this.#breaks.length < MAX_LISTED) this.#breaks.push(place);
    }
    this.#last = { ...place, sHash: entry.sHash };
  }

  #count(entry: ChainEntry): void {
    this.#entries += 1;
    if (entry.kind === 'decision') this.#decisions += 1;
    if (entry.kind === 'capture') this.#capture.push(entry);
    if (entry.index === null) this.#queued += 1;
  }

  #countDuplicate(place: Place): void {
    this.#duplicates += 1;
    if (this.#duplicateNumbers.length < MAX_LISTED) this.#duplicateNumbers.push(place);
  }

  /** Entries whose values the report needs. */
  get captureIds(): readonly string[] {
    return this.#capture.map(({ id }) => id);
  }

  report({ producer, kid, conflicts }: ChainOf, values: CaptureValues): ProducerReport | null {
    const [first, last] = [this.#first, this.#last];
    if (first === null || last === null) return null;
    const said = readCapture(this.#capture, values);
    const facts = {
      producer,
      kid,
      missing: this.#missing,
      entries: this.#entries,
      decisions: this.#decisions,
      queued: this.#queued,
      agents: [...this.#agents].sort(),
      sessions: [...this.#sessions].sort(),
      first,
      last: placeOf(last),
      gaps: this.#gaps,
      duplicates: this.#duplicates,
      duplicateNumbers: this.#duplicateNumbers,
      breaks: this.#breaks,
      conflicts,
      dropped: said.dropped,
      dropPolicies: said.policies,
      sampled: said.sampled,
      closed: said.closed,
    };
    const reasons = reasonsOf(facts, said, this.#broken);
    return { ...facts, verdict: worst(reasons), reasons: reasons.map(({ text }) => text) };
  }
}

const placeOf = ({ seq, id, index, occurredAt, duplicate }: Place): Place => ({
  seq,
  id,
  index,
  occurredAt,
  duplicate,
});

interface Said {
  readonly dropped: number;
  readonly policies: readonly string[];
  readonly sampled: readonly Sampled[];
  readonly closed: Place | null;
  /** What the closing entry says was the last number before it. */
  readonly records: number | null;
  /** Entries of this kind whose values are gone or of another form. */
  readonly unread: number;
}

/** Counts in capture entries are totals so far: the largest is the newest. */
function readCapture(entries: readonly ChainEntry[], values: CaptureValues): Said {
  let dropped = 0;
  let unread = 0;
  let closed: Place | null = null;
  let records: number | null = null;
  const policies = new Set<string>();
  const sampled = new Map<string, Sampled>();
  for (const entry of entries) {
    const fields = values.get(entry.id);
    const total = numberOf(fields?.get('/capture/dropped'));
    if (entry.type === 'capture.sampled') {
      const one = sampledOf(fields);
      if (one === null) unread += 1;
      else sampled.set(one.type, one);
      continue;
    }
    if (total === null) unread += 1;
    dropped = Math.max(dropped, total ?? 0);
    const policy = fields?.get('/capture/policy');
    if (typeof policy === 'string') policies.add(policy);
    if (entry.type === 'capture.closed') {
      closed = placeOf(entry);
      records = numberOf(fields?.get('/capture/records'));
    }
  }
  return { dropped, policies: [...policies].sort(), sampled: [...sampled.values()], closed, records, unread };
}

function sampledOf(fields: ReadonlyMap<string, Json> | undefined): Sampled | null {
  const [type, reason] = [fields?.get('/capture/type'), fields?.get('/capture/reason')];
  const [rate, seen, kept] = ['rate', 'seen', 'kept'].map((name) => numberOf(fields?.get(`/capture/${name}`)));
  if (typeof type !== 'string' || typeof reason !== 'string') return null;
  return { type, reason, rate: rate ?? 0, seen: seen ?? 0, kept: kept ?? 0 };
}

const numberOf = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);

interface Reason {
  readonly verdict: Verdict;
  readonly text: string;
}

type Facts = Omit<ProducerReport, 'verdict' | 'reasons'>;

function reasonsOf(facts: Facts, said: Said, broken: number): Reason[] {
  const { missing, gaps, conflicts, dropped, sampled, closed, last, queued } = facts;
  const found: Reason[] = [];
  const say = (verdict: Verdict, text: string): void => void found.push({ verdict, text });
  if (broken > 0) say('broken', `${broken} entries do not name the hash of the entry before them`);
  if (conflicts > 0) say('broken', `${conflicts} times other bytes were sent for a number already used`);
  if (closed !== null && closed.seq !== last.seq) say('broken', `entries follow the closing one, number ${closed.seq}`);
  if (closed !== null && said.records !== null && said.records !== closed.seq - 1)
    say('broken', `the closing entry speaks of ${said.records} records, it is number ${closed.seq}`);
  if (missing > 0)
    say(
      'gaps',
      `${missing} numbers in ${gaps.length} gaps never arrived: lost on the way, or refused when they were sent`,
    );
  if (dropped > 0) say('dropped', `the producer signed that it dropped ${dropped} records`);
  for (const { type, rate, reason, seen, kept } of sampled)
    say('sampled', `${type} was sampled at ${rate} (${reason}): ${kept} of ${seen} kept`);
  if (said.unread > 0) say('open', `${said.unread} entries about its capture are erased or unreadable`);
  if (closed === null)
    say(
      'open',
      `no closing entry: it still runs, was cut off, or its last records wait in its spool; what came after number ${last.seq} cannot be known`,
    );
  if (queued > 0) say('open', `${queued} entries are accepted and not in the tree yet`);
  return found;
}

/** From the least to the worst. */
const ORDER: readonly Verdict[] = ['complete', 'open', 'sampled', 'dropped', 'gaps', 'broken'];

const worst = (reasons: readonly Reason[]): Verdict =>
  reasons.reduce<Verdict>(
    (most, { verdict }) => (ORDER.indexOf(verdict) > ORDER.indexOf(most) ? verdict : most),
    'complete',
  );
