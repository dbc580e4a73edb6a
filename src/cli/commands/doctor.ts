import type { Command } from 'commander';
import { EXIT } from '../../errors/index.js';
import { openContext } from '../context.js';
import { interruptible, unlessAborted } from '../interrupt.js';
import { GROUPS, withExamples } from '../parents.js';
import { findingLines } from '../render/findings.js';

export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('check this machine, the configuration and the services, and say what to do')
    .helpGroup(GROUPS.operate)
    .action(async (_options: object, self: Command) => {
      const { config, output } = await openContext(self);
      const { doctor } = await import('../../services/index.js');
      const findings = await interruptible((signal) => unlessAborted(signal, doctor(config)));
      output.result(findings, () => findingLines(findings, output), findings);
      if (findings.some(({ status }) => status === 'fail')) process.exitCode = EXIT.error;
    });
  withExamples(command, 'tenet doctor', 'tenet doctor -o json');
}
