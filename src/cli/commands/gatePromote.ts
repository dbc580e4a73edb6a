import { Option, type Command } from 'commander';
import type { GateRow } from '../../db/index.js';
import type { GatePolicy, GateVerdict, PromotionTerms } from '../../gate/index.js';
import { openContext, withPlatform, type OpenPlatform } from '../context.js';
import { gateCommand, withExamples } from '../parents.js';
import { requirePerson } from '../person.js';
import { blessingLines, bypassLines, promotionLines } from '../render/promotion.js';

interface PromoteOptions {
  readonly gate?: string;
  readonly change?: string;
  readonly reason: string;
  readonly approve?: boolean;
  readonly refuse?: boolean;
  readonly bypass?: boolean;
}

export function registerGatePromote(program: Command): void {
  registerPromote(program);
  registerBless(program);
}

const REASON = ['--reason <text>', 'why, for somebody who was not there'] as const;

function registerPromote(program: Command): void {
  const command = gateCommand(program)
    .command('promote')
    .description('put on record that a version may decide: one person asks, another approves')
    .argument('<version>', 'name@version')
    .option('--gate <id>', 'gate run that it passed (gate_…), or `latest`')
    .option('--change <id>', 'what changed: a pull request, a ticket, a commit')
    .addOption(new Option('--approve', 'say yes to what somebody else asked for').conflicts(['refuse', 'bypass']))
    .addOption(new Option('--refuse', 'say no to it').conflicts(['approve', 'bypass']))
    .addOption(new Option('--bypass', 'an emergency: without a gate, by one person, seen by all').conflicts(['gate']))
    .requiredOption(...REASON)
    .action(async (version: string, options: PromoteOptions, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const { assertPromotion } = await import('../promotionUsage.js');
      const asked = assertPromotion(version, options);
      const person = await requirePerson(context, asked.says === 'request' ? 'engineer' : 'approver');
      const promoting = { person, reason: options.reason, now: new Date() };
      await withPlatform(
        context,
        async (open) => {
          const { decidePromotion, recordBypass, requestPromotion } = await import('../../gate/index.js');
          const { ledger } = open.platform;
          if (asked.says === 'bypass') {
            const bypass = await recordBypass(ledger, version, asked.change, promoting);
            return output.result(bypass, () => bypassLines(bypass));
          }
          const terms = await termsOf(open, version, asked, promoting.now);
          const promotion =
            asked.says === 'request'
              ? await requestPromotion(ledger, terms, promoting)
              : await decidePromotion({ ledger, approvals: open.stores.approvals }, terms, asked.says, promoting);
          output.result(promotion, () => promotionLines(promotion));
        },
        'wait',
      );
    });
  withExamples(
    command,
    'tenet gate promote underwriter@1.0.1 --gate latest --change PR-318 --reason "wording only, gate passed"',
    'tenet gate promote underwriter@1.0.1 --gate latest --approve --reason "diff and verdict read"',
    'tenet gate promote underwriter@1.0.2 --bypass --change INC-7 --reason "hot fix, gate follows tonight"',
  ).addHelpText(
    'after',
    '\nExit: 3 the gate did not pass · 4 not logged in, the role is missing, or you asked for it yourself',
  );
}

async function termsOf(
  open: OpenPlatform,
  version: string,
  { gate: id, change }: { readonly gate: string; readonly change: string },
  now: Date,
): Promise<PromotionTerms> {
  const { promotionTerms } = await import('../../gate/index.js');
  const { getGate } = await import('../views/loadGate.js');
  const { stores } = open;
  const gate: GateRow = await getGate(open, id);
  const run = gate.candidateRun === null ? null : await stores.runs.get(gate.candidateRun);
  return promotionTerms({
    version,
    change,
    gate,
    suite: (gate.policy as GatePolicy).name,
    verdict: (await stores.gateSeals.openVerdict(gate.id)) as GateVerdict | null,
    judgedCode: run?.digest ?? null,
    registeredCode: (await stores.agents.get(version))?.digest ?? null,
    now,
  });
}

function registerBless(program: Command): void {
  const command = gateCommand(program)
    .command('bless')
    .description('name the version that candidates are compared with where a gate names none')
    .argument('<version>', 'name@version')
    .option('--gate <id>', 'gate run that speaks for it (gate_…), or `latest`')
    .requiredOption(...REASON)
    .action(async (version: string, options: { readonly gate?: string; readonly reason: string }, self: Command) => {
      const context = await openContext(self);
      const person = await requirePerson(context, 'approver');
      const blessing = await withPlatform(
        context,
        async (open) => {
          const { blessBaseline } = await import('../../gate/index.js');
          const { assertKnownVersion } = await import('../promotionUsage.js');
          const { getGate } = await import('../views/loadGate.js');
          await assertKnownVersion(open, version);
          const gate = options.gate === undefined ? null : (await getGate(open, options.gate)).id;
          return blessBaseline(open.platform.ledger, version, gate, {
            person,
            reason: options.reason,
            now: new Date(),
          });
        },
        'wait',
      );
      context.output.result(blessing, () => blessingLines(blessing));
    });
  withExamples(command, 'tenet gate bless underwriter@1.0.0 --reason "in production since March, reviewed"');
}
