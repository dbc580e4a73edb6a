import type { Command } from 'commander';
import { agentVersion } from '../agentVersion.js';
import { openContext, withPlatform } from '../context.js';
import { latestBaseline } from '../latestBaseline.js';
import { share } from '../numberOptions.js';
import { gateCommand, withExamples } from '../parents.js';
import { readText } from '../readFiles.js';
import { gatePlanLines } from '../render/gatePlan.js';

interface GatePlanOptions {
  readonly baseline?: string;
  readonly session?: string;
  readonly expect: number;
  readonly power: number;
}

const MAX_POLICY_BYTES = 1024 * 1024;

export function registerGatePlan(program: Command): void {
  const command = gateCommand(program)
    .command('plan')
    .description('what a gate would take: decisions needed, re-runs, model calls, cost and time; runs nothing')
    .argument('<policy>', 'gate policy, a YAML file')
    .option('--baseline <version>', 'version whose recorded decisions are re-run; the one recorded last when absent')
    .option('--session <id>', 'only decisions of this session')
    .option('--expect <share>', 'flip rate that the candidate is believed to have', share, 0.005)
    .option('--power <share>', 'wanted chance to pass at that rate', share, 0.8)
    .action(async (file: string, options: GatePlanOptions, self: Command) => {
      const context = await openContext(self);
      const { parsePolicy } = await import('../../gate/index.js');
      const policy = parsePolicy(await readText(file, MAX_POLICY_BYTES, 'policy'), file);
      const { planGateRun } = await import('../../runtime/index.js');
      const { baseline, estimate } = await withPlatform(context, async (open) => {
        const found =
          options.baseline === undefined
            ? await latestBaseline(open.platform.ledger, policy)
            : agentVersion(policy.agent)(options.baseline);
        const question = { policy, baseline: found, session: options.session ?? null };
        const { expect: expectedFlipRate, power } = options;
        return {
          baseline: found,
          estimate: await planGateRun(open, context.config, { ...question, expectedFlipRate, power }),
        };
      });
      context.output.result({ policy: policy.name, baseline, expected: options.expect, ...estimate }, () =>
        gatePlanLines(file, policy, { ...options, baseline }, estimate),
      );
    });
  withExamples(
    command,
    'tenet gate plan examples/underwriting/gates/underwriter.yaml',
    'tenet gate plan examples/underwriting/gates/underwriter.yaml --expect 0.01 --power 0.9',
  );
}
