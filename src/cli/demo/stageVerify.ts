import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpoint, splitNote } from '@tenet-ledger/record';
import { EXIT } from '../../errors/index.js';
import { ownPackage } from '../../services/index.js';
import { planExport } from '../commands/decisionExport.js';
import { openReads, readerOf } from '../reading.js';
import { briefBundleLines, bundleLines, type VerifiedBundle } from '../render/bundle.js';
import { forTerminal } from '../render/escape.js';
import { count } from '../render/numbers.js';
import { wrap } from '../render/width.js';
import type { Stack } from '../../runtime/index.js';
import { writeWhole } from '../writeFile.js';
import type { DemoState } from './demoState.js';
import { rewriteLog } from './operatorAttack.js';
import { producerKeyFile, type Recorded } from './stageRecord.js';
import { range, type Stage, type StagePrinter } from './stagePrinter.js';

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
  signal: AbortSignal,
): Promise<string> {
  const stage = printer.begin('verify');
  const { policyFile, checkpointFile } = plan.recorded;
  const { platform, stores } = stack;
  const before = (await platform.ledger.status()).size;
  const bundleFile = join(state.folder, 'evidence.json');
  const kept = readFileSync(checkpointFile, 'utf8');
  const open = { platform, stores, signal };
  const { request } = await planExport(open, plan.decision, { gate: plan.gate }, kept);
  const text = await (await openReads(open)).exportBundle(request, readerOf('demo', 'evidence of the demo'));
  await writeWhole(bundleFile, text);

  const isolation = findIsolation();
  const verify = (bundle: string, ...more: string[]): Promise<Answer> =>
    verifyApart(isolation, [bundle, '--policy', policyFile, ...more], signal);
  const auditor = ['--checkpoint', checkpointFile];
  stage.fact(`verifier: ${isolation.name}, empty environment, files alone`);
  const what = `evidence bundle of ${plan.decision} (${count(text.length)} bytes), its verdict and result rows`;
  report(stage, what, await verify(bundleFile, ...auditor), EXIT.ok, 'full');

  const byteFile = join(state.folder, 'evidence-byte-changed.json');
  writeFileSync(byteFile, changeByte(text));
  report(stage, 'attack 1: one byte of a copy changed', await verify(byteFile, ...auditor), EXIT.integrity, 'brief');

  const forged = await rewriteLog(stack, {
    decision: plan.decision,
    path: '/decision/outcome',
    value: 'approve',
    keptSize: parseCheckpoint(splitNote(kept).text).size,
    producerKeys: [producerKeyFile(stack)],
  });
  signal.throwIfAborted();
  const forgedFile = join(state.folder, 'evidence-rewritten.json');
  await writeWhole(forgedFile, forged.bundle);
  const attack = `attack 2: the operator, with database and all keys, rewrites the outcome at leaf ${count(forged.index)} and re-signs ${count(forged.resigned)} of ${count(forged.size)} leaves and the head; the auditor brings the checkpoint of stage 2`;
  report(stage, attack, await verify(forgedFile, ...auditor), EXIT.integrity, 'brief');
  const alone = await verify(forgedFile);
  report(
    stage,
    'attack 2 before somebody who kept nothing, which no check of the bundle alone can catch',
    alone,
    EXIT.ok,
    'brief',
  );
  stage.expect(alone.verified?.label === 'SELF-ATTESTED', 'a log without a witness has to be labelled SELF-ATTESTED');
  stage.block(wrap(WITNESS, stage.screen.width));
  stage.fact(range(before, (await platform.ledger.status()).size));
  stage.end('verifies offline; a changed byte and a re-signed log are refused');
  return bundleFile;
}

const WITNESS =
  'A witness would cosign each head and refuse one that does not extend the last: the rewritten log could not be shown to anyone, also to an auditor who kept nothing. Until one does, the label stays SELF-ATTESTED.';

interface Answer {
  readonly exit: number | null;
  /** null where the verifier did not come so far. */
  readonly verified: VerifiedBundle | null;
  /** What it said in plain text. */
  readonly said: string;
}

function report(
  stage: Stage,
  what: string,
  { exit, verified, said }: Answer,
  expected: number,
  how: 'full' | 'brief',
): void {
  const inner = { ...stage.screen, width: stage.screen.width - 2 };
  const lines =
    verified === null
      ? said.split('\n').map(forTerminal)
      : how === 'full'
        ? bundleLines(verified, inner, { values: false })
        : briefBundleLines(verified, inner);
  const title = wrap(what, stage.screen.width);
  stage.block([...title.map((line) => stage.screen.paint('bold', line)), ...lines.map((line) => `  ${line}`)]);
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

/** The verdict as the separate process gives it, as data; only its lines are laid out here. */
function verifyApart({ prefix }: Isolation, args: readonly string[], signal: AbortSignal): Promise<Answer> {
  const [command = '', ...rest] = [
    ...prefix,
    process.execPath,
    join(ownPackage().root, 'bin', 'tenet.js'),
    'ledger',
    'verify',
    ...args,
    '-o',
    'json',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { env: {}, stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said.out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said.err += chunk));
    child.on('error', reject);
    child.on('close', (exit) =>
      resolve({ exit, verified: readVerdict(said.out), said: `${said.out}${said.err}`.trim() }),
    );
  });
}

function readVerdict(text: string): VerifiedBundle | null {
  try {
    return JSON.parse(text) as VerifiedBundle;
  } catch {
    return null;
  }
}
