import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpoint, splitNote } from '@tenet-ledger/record';
import { EXIT } from '../../errors/index.js';
import { ownPackage } from '../../services/index.js';
import { planExport } from '../commands/decisionExport.js';
import { count } from '../render/numbers.js';
import type { Stack } from '../../runtime/index.js';
import { writeWhole } from '../writeFile.js';
import type { DemoState } from './demoState.js';
import { rewriteLog } from './operatorAttack.js';
import { producerKeyFile, type Recorded } from './stageRecord.js';
import type { Stage, StagePrinter } from './stagePrinter.js';

export interface VerifyStage {
  readonly decision: string;
  readonly gate: string;
  readonly recorded: Recorded;
}

/** Exports one flipped decision with its verdict, verifies it in a process that has nothing else, then attacks it twice. */
export async function stageVerify(
  stack: Stack,
  state: DemoState,
  plan: VerifyStage,
  printer: StagePrinter,
): Promise<string> {
  const stage = printer.begin('verify');
  const { policyFile, checkpointFile } = plan.recorded;
  const bundleFile = join(state.folder, 'evidence.json');
  const kept = readFileSync(checkpointFile, 'utf8');
  const { platform, stores } = stack;
  const open = { platform, stores, signal: new AbortController().signal };
  const { request } = await planExport(open, plan.decision, { gate: plan.gate }, kept);
  const text = await platform.ledger.exportBundle(request);
  await writeWhole(bundleFile, text);

  const isolation = findIsolation();
  stage.detail(`verifier: ${isolation.name}, empty environment, files alone`);
  const honest = await verifyApart(isolation, [bundleFile, '--policy', policyFile, '--checkpoint', checkpointFile]);
  report(
    stage,
    `evidence bundle of ${plan.decision} (${count(text.length)} bytes), its verdict and result rows`,
    honest,
    EXIT.ok,
  );

  const byteFile = join(state.folder, 'evidence-byte-changed.json');
  writeFileSync(byteFile, changeByte(text));
  report(
    stage,
    'attack 1: one byte of a copy changed',
    await verifyApart(isolation, [byteFile, '--policy', policyFile, '--checkpoint', checkpointFile]),
    EXIT.integrity,
  );

  const keptSize = parseCheckpoint(splitNote(kept).text).size;
  const forged = await rewriteLog(stack, {
    decision: plan.decision,
    path: '/decision/outcome',
    value: 'approve',
    keptSize,
    producerKeys: [producerKeyFile(stack)],
  });
  const forgedFile = join(state.folder, 'evidence-rewritten.json');
  await writeWhole(forgedFile, forged.bundle);
  stage.detail('');
  stage.detail(
    `attack 2: the operator, with database and all keys, rewrites the outcome at leaf ${count(forged.index)} and re-signs ${count(forged.resigned)} of ${count(forged.size)} leaves and the head`,
  );
  report(
    stage,
    'with the checkpoint the auditor kept',
    await verifyApart(isolation, [forgedFile, '--policy', policyFile, '--checkpoint', checkpointFile]),
    EXIT.integrity,
  );
  const alone = await verifyApart(isolation, [forgedFile, '--policy', policyFile]);
  report(stage, 'without it, which no check of the bundle alone can catch', alone, EXIT.ok);
  stage.expect(alone.output.includes('SELF-ATTESTED'), 'a log without a witness has to be labelled SELF-ATTESTED');
  stage.detail(
    'A witness would cosign each head and refuse one that does not extend the last: the rewritten log could not',
  );
  stage.detail(
    'be shown to anyone, also to an auditor who kept nothing. Until one does, the label stays SELF-ATTESTED.',
  );
  stage.end('verifies offline; one changed byte and a rewritten, re-signed log are both refused');
  return bundleFile;
}

interface Answer {
  readonly exit: number | null;
  readonly output: string;
}

function report(stage: Stage, what: string, { exit, output }: Answer, expected: number): void {
  stage.detail('');
  stage.detail(`${what} → exit ${exit}`);
  for (const line of output.trimEnd().split('\n')) stage.detail(`  ${line}`);
  stage.expect(exit === expected, `${what}: exit ${exit}, expected ${expected}`);
}

/** Flips the lowest bit of a byte in the middle of the file. */
function changeByte(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

interface Isolation {
  readonly name: string;
  readonly prefix: readonly string[];
}

/** A network namespace of its own where the system lets us have one. */
function findIsolation(): Isolation {
  for (const flags of ['-n', '-rn']) {
    if (spawnSync('unshare', [flags, 'true']).status === 0)
      return { name: 'a separate process without a network (unshare -n)', prefix: ['unshare', flags] };
  }
  return { name: 'a separate process (this system gives no network namespace, so it could reach one)', prefix: [] };
}

function verifyApart({ prefix }: Isolation, args: readonly string[]): Promise<Answer> {
  const [command = '', ...rest] = [
    ...prefix,
    process.execPath,
    join(ownPackage().root, 'bin', 'tenet.js'),
    'ledger',
    'verify',
    ...args,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, output }));
  });
}
