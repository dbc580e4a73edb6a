import { grouped } from './figures.js';

/** A control arm that was there before: which gate had it planned, and what it took then. */
export interface ControlReuse {
  /** null where no gate had it planned. */
  readonly gate: string | null;
  readonly reruns: number;
  /** Live model calls and their tokens; 0 where they came from the tape. */
  readonly calls: number;
  readonly tokens: number;
}

/** "control arm of gate_… reused: 900 calls saved". */
export function reuseLine({ gate, reruns, calls, tokens }: ControlReuse): string {
  const saved = [
    ...(calls > 0 ? [`${grouped(calls)} calls`] : []),
    ...(tokens > 0 ? [`${grouped(tokens)} tokens`] : []),
    `${grouped(reruns)} re-runs`,
  ];
  return `control arm${gate === null ? '' : ` of ${gate}`} reused: ${saved.join(', ')} saved`;
}
