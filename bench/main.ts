import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/index.js';
import { startStack } from '../src/runtime/index.js';
import { benchEmbedder } from './embedder.js';
import { benchGate } from './gate.js';
import { benchIngest } from './ingest.js';
import { benchInquiry } from './inquiry.js';
import { benchLedger } from './ledger.js';
import { benchNightly } from './nightly.js';
import { benchReplay } from './replay.js';
import { print } from './report.js';

/** `npm run bench [ledger] [ingest] [replay] [gate] [nightly] [inquiry] [embedder]`: each figure with the machine's limit beside it, in a state folder of its own. */
const names = ['ledger', 'ingest', 'replay', 'gate', 'nightly', 'inquiry', 'embedder'] as const;
const asked = process.argv.slice(2);
const wants = (name: (typeof names)[number]): boolean => asked.length === 0 || asked.includes(name);
const unknown = asked.filter((name) => !(names as readonly string[]).includes(name));
if (unknown.length > 0) {
  process.stderr.write(`unknown bench ${unknown.join(', ')}: expected ${names.join(', ')}\n`);
  process.exit(2);
}

const { value: defaults } = loadConfig({ flags: {} });
const stateDir = mkdtempSync(join(tmpdir(), 'tenet-bench-'));
const config = { ...defaults, stateDir, toolsDir: defaults.toolsDir ?? join(defaults.stateDir, 'tools') };
const stack = await startStack(config, { onProgress: ({ message }) => process.stderr.write(`${message}\n`) });
try {
  if (wants('ledger')) print(await benchLedger(stack));
  if (wants('ingest')) for (const line of await benchIngest(stack)) process.stdout.write(`${line}\n`);
  if (wants('gate')) for (const line of await benchGate(stack)) process.stdout.write(`${line}\n`);
  if (wants('replay')) print(await benchReplay(stack));
  if (wants('nightly')) print(await benchNightly(stack));
  if (wants('inquiry')) print(await benchInquiry(stack));
  if (wants('embedder')) for (const figure of await benchEmbedder(stack)) print(figure);
} finally {
  await stack.stop();
  rmSync(stateDir, { recursive: true, force: true });
}
