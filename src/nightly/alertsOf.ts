import type { Finding, SignalName } from './types.js';

/** What people have to hear of a night. Names, counts and shares; no outcome, reason or other value of a record. */
export interface NightAlert {
  /** The same trouble on the next night has the same key. */
  readonly key: string;
  readonly severity: 'high' | 'low';
  readonly title: string;
  readonly facts: Readonly<Record<string, string | number | null>>;
}

const HIGH: ReadonlySet<SignalName> = new Set(['rerun-flips', 'rerun-exact', 'canary']);

const TITLES: Readonly<Record<SignalName, string>> = {
  'rerun-flips': 'decides otherwise than it did',
  'rerun-reasons': 'gives other reasons than it did',
  'rerun-exact': 'does not come to what it came to, though its re-runs are identical',
  mix: 'decides another mix of outcomes',
  overrides: 'is overridden at another rate',
  noise: 'differs from itself more or less than its stored profile',
  coverage: 'has gaps in its capture',
  canary: 'is answered otherwise by its live model',
};

/** Ends that people must mend; too few decisions in a quiet night are none. */
const TO_MEND: Readonly<Record<string, string>> = {
  'agent.not_available': 'is no longer served, so the night could not be judged',
  'agent.not_registered': 'was never registered, so the night could not be judged',
  internal: 'could not be judged for a fault of the platform',
  'drift.not_replayable': 'could not be re-run for too many decisions',
};

/** One alert a signal, and one for a night that could not be judged for want of something that people can give. */
export function alertsOf(finding: Finding): NightAlert[] {
  const { schedule, name, agent, window, status, inconclusive } = finding;
  const who = agent ?? name;
  const facts = { schedule: name, agent, window: window.closes, status };
  const alerts = finding.signals.flatMap((signal): NightAlert[] => {
    if (signal.status !== 'shift' && signal.status !== 'incomplete') return [];
    return [
      {
        key: `${schedule} ${signal.name}`,
        severity: HIGH.has(signal.name) ? 'high' : 'low',
        title: `${who} ${TITLES[signal.name]}`,
        facts: { ...facts, signal: signal.name, pAdjusted: signal.pAdjusted },
      },
    ];
  });
  const mend = inconclusive === null ? undefined : TO_MEND[inconclusive.code];
  if (inconclusive === null || mend === undefined) return alerts;
  return [
    ...alerts,
    {
      key: `${schedule} ${inconclusive.code}`,
      severity: 'high',
      title: `${who} ${mend}`,
      facts: { ...facts, code: inconclusive.code },
    },
  ];
}
