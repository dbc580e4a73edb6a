import type { Command } from 'commander';
import type { TenetConfig } from '../../config/index.js';
import { AppError } from '../../errors/index.js';
import { openContext } from '../context.js';
import { interruptible } from '../interrupt.js';
import { GROUPS, withExamples } from '../parents.js';

export function registerDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('the whole path on embedded services: record, re-run, judge, sign, verify offline')
    .helpGroup(GROUPS.run)
    .option('--model [name]', 'let a chat model word the rationale (OPENAI_BASE_URL, OPENAI_API_KEY)')
    .action(async ({ model: asked }: { readonly model?: string | true }, self: Command) => {
      const { config, output } = await openContext(self);
      const model = asked === true ? config.openai.model : asked;
      if (model !== undefined) assertModel(config.openai);
      const { runDemo } = await import('../demo/runDemo.js');
      const options = model === undefined ? {} : { model };
      const result = await interruptible((signal) => runDemo(config, output, signal, options));
      output.result(result, () => []);
      process.exitCode = result.exit;
    });
  withExamples(command, 'tenet demo', 'tenet demo -o json 2>/dev/null');
}

function assertModel({ baseUrl, apiKey }: TenetConfig['openai']): void {
  if (baseUrl !== undefined || apiKey !== undefined) return;
  throw new AppError('config.invalid', '--model needs a model endpoint', {
    field: 'openai.apiKey',
    expected: 'OPENAI_API_KEY, or OPENAI_BASE_URL of a compatible server',
    got: 'neither',
    fix: 'set one of them, or leave --model out',
  });
}
