import type { NightDecision, NightRange, NightWindow, ScheduleRow } from '../src/nightly/index.js';
import { startBefore } from '../src/nightly/index.js';
import type { ActivityDeps } from './deps.js';

/** Nights before, with which one night's mix and overrides are compared. */
const REFERENCE_NIGHTS = 7;

/** The places of the log between two scheduled starts. Later entries change nothing: it is read as it stood. */
export async function windowOf({ stores }: ActivityDeps, { spec }: ScheduleRow, closes: Date): Promise<NightWindow> {
  const opens = startBefore(spec, closes.getTime());
  let reference = opens;
  for (let night = 0; night < REFERENCE_NIGHTS; night += 1) reference = startBefore(spec, reference);
  const [first, from, until] = await Promise.all(
    [reference, opens, closes.getTime()].map((at) => stores.night.checkpointBefore(new Date(at))),
  );
  return {
    opens: new Date(opens).toISOString(),
    closes: closes.toISOString(),
    from: from?.size ?? 0,
    until: until?.size ?? 0,
    referenceFrom: first?.size ?? 0,
    root: until?.root ?? null,
  };
}

export interface Night {
  readonly window: NightWindow;
  readonly range: NightRange;
  readonly reference: NightRange;
  readonly decisions: readonly NightDecision[];
  /** The version that decided last; null where none did. */
  readonly agent: string | null;
}

export async function readNight(deps: ActivityDeps, schedule: ScheduleRow, closes: Date): Promise<Night> {
  const { agent, type } = schedule.spec;
  const window = await windowOf(deps, schedule, closes);
  const range = { from: window.from, until: window.until, agent, type };
  const decisions = await deps.stores.night.decisions(range);
  return {
    window,
    range,
    reference: { ...range, from: window.referenceFrom, until: window.from },
    decisions,
    agent: decisions.at(-1)?.agent ?? null,
  };
}
