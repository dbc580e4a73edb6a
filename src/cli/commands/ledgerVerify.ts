import type { Command } from 'commander';
import type { BundleVerdict, Policy } from '@tenet-ledger/record';
import { AppError, EXIT } from '../../errors/index.js';
import { plainOutput } from '../context.js';
import { ledgerCommand, withExamples } from '../parents.js';
import { readLimited, readText } from '../readFiles.js';
import { bundleLines, type VerifiedBundle } from '../render/bundle.js';

const MAX_POLICY_BYTES = 1024 * 1024;

interface VerifyOptions {
  readonly policy: string;
  readonly checkpoint?: string;
  readonly values?: boolean;
}

/** Needs the two files and nothing else: no configuration, no environment, no service, no network. */
export function registerLedgerVerify(program: Command): void {
  const command = ledgerCommand(program)
    .command('verify')
    .description('verify an evidence bundle offline, against a policy you already have')
    .argument('<bundle>', 'evidence bundle, a JSON file')
    .requiredOption('--policy <file>', 'log, root and witness keys you got out of band')
    .option('--checkpoint <file>', 'a checkpoint of this log that you kept: the bundle must not contradict it')
    .option('--values', 'print the disclosed values too')
    .action(async (bundle: string, options: VerifyOptions, self: Command) => {
      const output = plainOutput(self);
      const verified = await verifyFile(bundle, options);
      output.result(verified, () => bundleLines(verified, output, { values: options.values === true }));
      process.exitCode = verified.exit;
    });
  withExamples(
    command,
    'tenet ledger status --policy > auditor.policy    # handed over once, not with the bundle',
    'tenet decision export latest --out bundle.json',
    'tenet ledger verify bundle.json --policy auditor.policy',
  ).addHelpText(
    'after',
    '\nExit: 0 it verifies · 6 INVALID · 5 it verifies, but says nothing about the checkpoint you kept · 1 a file cannot be read',
  );
}

export async function verifyFile(path: string, options: VerifyOptions): Promise<VerifiedBundle> {
  const { MAX_BUNDLE_BYTES, verifyBundle } = await import('@tenet-ledger/record');
  const { jointVerifySync: verify } = await import('../../ledger/index.js');
  const policy = await readPolicy(options.policy);
  const kept = options.checkpoint === undefined ? undefined : await readKept(options.checkpoint, policy);
  const bytes = await readLimited(path, MAX_BUNDLE_BYTES, 'bundle');
  const verdict =
    bytes === null
      ? tooLarge(MAX_BUNDLE_BYTES)
      : verifyBundle(bytes, { policy, verify, ...(kept === undefined ? {} : { kept }) });
  const hint = bytes === null ? null : await hintOf(verdict, bytes);
  return { ...verdict, hint, kept: keptAnswer(verdict, kept !== undefined), exit: exitOf(verdict, kept !== undefined) };
}

async function readPolicy(path: string): Promise<Policy> {
  const { parsePolicy, RecordError } = await import('@tenet-ledger/record');
  const text = await readText(path, MAX_POLICY_BYTES, 'policy');
  try {
    return parsePolicy(text);
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    throw new AppError(
      'input.invalid',
      `${path}: ${cause.message}`,
      { field: path, fix: 'use the policy file as you got it from the operator, out of band' },
      { cause },
    );
  }
}

/** A kept checkpoint that cannot be used is a mistake of the caller, not a flaw of the bundle. */
async function readKept(path: string, policy: Policy): Promise<string> {
  const { openCheckpoint } = await import('@tenet-ledger/record');
  const { jointVerifySync } = await import('../../ledger/index.js');
  const note = await readText(path, MAX_POLICY_BYTES, 'checkpoint');
  try {
    openCheckpoint(
      note,
      policy.logs.map((log) => log.key),
      jointVerifySync,
    );
    return note;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      'input.invalid',
      `the checkpoint cannot be used: ${why}`,
      { field: path, fix: 'name a checkpoint file of a log that the policy lists, unchanged' },
      { cause },
    );
  }
}

function tooLarge(limit: number): BundleVerdict {
  const message = `the bundle has more than ${limit} bytes`;
  return {
    label: 'INVALID',
    witnesses: { have: 0, need: 0 },
    checks: [{ name: 'bundle form', status: 'fail', detail: message }],
    notChecked: [],
    entry: null,
    fields: [],
    related: [],
    rows: [],
    checkpoint: null,
    notLaterThan: null,
    notEarlierThan: null,
    reasons: [{ code: 'bundle.size', message }],
  };
}

/** The verifier says that the bytes are not what they must be; people want to know where the file went wrong. */
async function hintOf({ reasons: [reason], checks }: BundleVerdict, bytes: Uint8Array): Promise<string | null> {
  if (checks.at(-1)?.name !== 'bundle form') return null;
  if (reason?.code !== 'record.json' && reason?.code !== 'record.jcs.form') return null;
  const { parseStrict } = await import('@tenet-ledger/record');
  const text = new TextDecoder().decode(bytes);
  try {
    JSON.parse(text);
    parseStrict(text);
    return 'it is JSON, but not as it was exported: get the file again, byte for byte';
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bytes.length === 0 ? 'the file is empty' : `${why} (of ${bytes.length} bytes)`;
  }
}

const KEPT_CHECK = 'kept checkpoint';

/** Whoever leaves the consistency proof out must not get the answer of one who gave it. */
function keptAnswer({ checks }: BundleVerdict, asked: boolean): VerifiedBundle['kept'] {
  if (!asked) return 'not asked';
  return checks.some(({ name, status }) => name === KEPT_CHECK && status === 'pass') ? 'consistent' : 'not shown';
}

function exitOf(verdict: BundleVerdict, asked: boolean): number {
  if (verdict.label === 'INVALID') return EXIT.integrity;
  return keptAnswer(verdict, asked) === 'not shown' ? EXIT.inconclusive : EXIT.ok;
}
