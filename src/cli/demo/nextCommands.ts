import { asCalled } from '../called.js';
import { shellWord } from '../shellWord.js';
import type { GateView } from '../views/gate.js';

export interface NextCommand {
  readonly command: string;
  readonly about: string;
}

/** The last stage: commands that work as printed, from where the demo was called. */
export function nextCommands(gates: readonly GateView[], bundle: string, policyFile: string): readonly NextCommand[] {
  const [, policy, rationale] = gates;
  const next = (command: string, about: string): NextCommand => ({ command: asCalled(command), about });
  return [
    ...(policy === undefined
      ? []
      : [
          next(`tenet gate show ${policy.id}`, 'the verdict on 1.1.0; exits as the gate did'),
          next(`tenet replay diff ${policy.id} --flips`, 'every decision that flipped'),
        ]),
    ...(rationale === undefined
      ? []
      : [next(`tenet gate show ${rationale.id} --reporter github`, 'the verdict on 1.0.2 as a CI job prints it')]),
    next('tenet decision show latest', 'what is recorded of one decision'),
    next(`tenet ledger verify ${shellWord(bundle)} --policy ${shellWord(policyFile)}`, 'the evidence again, offline'),
    next('tenet ledger fsck', 'the whole log recomputed from its bytes'),
    next('tenet dev', 'keep the services running and record decisions of your own'),
  ];
}
