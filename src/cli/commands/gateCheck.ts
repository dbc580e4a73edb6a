import type { Command } from 'commander';
import { EXIT } from '../../errors/index.js';
import { plainOutput } from '../context.js';
import { gateCommand, withExamples } from '../parents.js';
import { readText } from '../readFiles.js';
import { policyLines } from '../render/policy.js';

const MAX_POLICY_BYTES = 1024 * 1024;

/** Needs the file and nothing else: it runs in any CI job, before there is a database. */
export function registerGateCheck(program: Command): void {
  const command = gateCommand(program)
    .command('check')
    .description('validate a gate policy: every problem with its line, and what to write instead')
    .argument('<file>', 'gate policy, YAML')
    .action(async (file: string, _options: object, self: Command) => {
      const output = plainOutput(self);
      const { checkPolicy } = await import('../../gate/index.js');
      const { policy, problems } = checkPolicy(await readText(file, MAX_POLICY_BYTES, 'gate policy'));
      output.result(
        { file, ok: policy !== null, problems, policy },
        () => policyLines(file, policy, problems, output),
        problems,
      );
      if (policy === null) process.exitCode = EXIT.usage;
    });
  withExamples(command, 'tenet gate check examples/underwriting/gates/underwriter.yaml').addHelpText(
    'after',
    '\nExit: 0 valid (warnings included) · 2 not valid · 1 the file cannot be read',
  );
}
