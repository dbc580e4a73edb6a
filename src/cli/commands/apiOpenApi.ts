import type { Command } from 'commander';
import { plainOutput } from '../context.js';
import { apiCommand, withExamples } from '../parents.js';

export function registerApi(program: Command): void {
  const command = apiCommand(program)
    .command('openapi')
    .description('the OpenAPI 3.1 document of the HTTP API; needs no running server')
    .action(async (_options: object, self: Command) => {
      const { apiDocument } = await import('../../api/index.js');
      // A document, whatever the output format.
      plainOutput(self).raw(`${JSON.stringify(apiDocument(), null, 2)}\n`);
    });
  withExamples(command, 'tenet api openapi > openapi.json');
}
