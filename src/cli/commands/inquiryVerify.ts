import type { Command } from 'commander';
import { AppError, EXIT } from '../../errors/index.js';
import type { PackageVerdict } from '../../inquiry/index.js';
import { plainOutput } from '../context.js';
import { inquiryCommand, withExamples } from '../parents.js';
import { createProgress } from '../progress.js';
import { readText } from '../readFiles.js';
import { packageLines } from '../render/inquiryPackage.js';

const MAX_POLICY_BYTES = 1024 * 1024;

interface VerifyOptions {
  readonly policy: string;
  readonly checkpoint?: string;
  readonly quick?: boolean;
}

/** Needs the package and the policy: no configuration, no environment, no service, no network. */
export function registerInquiryVerify(program: Command): void {
  const command = inquiryCommand(program)
    .command('verify')
    .description('check a package offline, against a policy you already have')
    .argument('<package>', 'the folder that was delivered')
    .requiredOption('--policy <file>', 'log, root and witness keys you got out of band')
    .option('--checkpoint <file>', 'a checkpoint of this log that you kept: the package must not contradict it')
    .option('--quick', 'signatures of entries outside the scope are not checked')
    .action(async (folder: string, options: VerifyOptions, self: Command) => {
      const output = plainOutput(self);
      const progress = createProgress('verify');
      const verdict = await verifyFolder(folder, options, (done, of) => progress.say(`${done} of ${of}`));
      progress.end();
      output.result(verdict, () => packageLines(verdict, output));
      process.exitCode = await exitOf(verdict);
    });
  withExamples(
    command,
    'tenet ledger status --policy > auditor.policy    # handed over once, not with the package',
    'tenet inquiry verify production --policy auditor.policy',
  ).addHelpText(
    'after',
    '\nExit: 0 it holds and nothing in scope is missing · 5 complete by the operator’s word alone · 6 it does not hold, or is incomplete',
  );
}

export async function verifyFolder(
  folder: string,
  { policy: file, checkpoint, quick }: VerifyOptions,
  onProgress?: (done: number, of: string) => void,
): Promise<PackageVerdict> {
  const { parsePolicy, RecordError } = await import('@tenet-ledger/record');
  const { nodeSha256, verifySync } = await import('../../ledger/index.js');
  const { folderFiles, verifyPackage } = await import('../../inquiry/index.js');
  const text = await readText(file, MAX_POLICY_BYTES, 'policy');
  const kept = checkpoint === undefined ? undefined : await readText(checkpoint, MAX_POLICY_BYTES, 'checkpoint');
  const files = await folderFiles(folder);
  try {
    return await verifyPackage(files, {
      policy: parsePolicy(text),
      // Keys of a policy and of key entries are checked when they are read: node's verdict is the joint one for them.
      verify: verifySync,
      everySignature: quick !== true,
      hash: nodeSha256,
      ...(kept === undefined ? {} : { kept }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    const fix = 'use the policy file as you got it from the operator, out of band';
    throw new AppError('input.invalid', `${file}: ${cause.message}`, { field: file, fix }, { cause });
  }
}

async function exitOf(verdict: PackageVerdict): Promise<number> {
  const { isIntact } = await import('../../inquiry/index.js');
  if (!isIntact(verdict) || verdict.authenticity.verdict !== 'SIGNED') return EXIT.integrity;
  return verdict.completeness.verdict === 'ALL IN THE LOG' ? EXIT.ok : EXIT.inconclusive;
}
