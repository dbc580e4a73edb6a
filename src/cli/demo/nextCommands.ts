import type { GateView } from '../views/gate.js';

/** The last stage: commands that work as printed. */
export function nextCommands(gates: readonly GateView[], bundle: string, policyFile: string): readonly string[] {
  const [, policy, rationale] = gates;
  return [
    '',
    'Next:',
    ...(policy === undefined
      ? []
      : [`  bin/tenet.js gate show ${policy.id}`, `  bin/tenet.js replay diff ${policy.id} --flips`]),
    ...(rationale === undefined ? [] : [`  bin/tenet.js gate show ${rationale.id} --reporter github`]),
    '  bin/tenet.js decision show latest',
    `  bin/tenet.js ledger verify ${bundle} --policy ${policyFile}`,
    '  bin/tenet.js ledger fsck',
    '  bin/tenet.js dev',
  ];
}
