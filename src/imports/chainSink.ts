import { RecordError, toBase64, type RecordSigner, type Submission } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { Producer, type LedgerService, type Sources } from '../ledger/index.js';
import type { ImportSink } from './runImport.js';
import type { ImportProblem } from './types.js';

export interface ChainSinkDeps extends Sources {
  readonly ledger: Pick<LedgerService, 'ingest' | 'readEntries' | 'latestCheckpoint'>;
  readonly log: string;
  /** Of an enrolled producer key. */
  readonly signer: RecordSigner;
  /** What stands for an agent in entries about the import itself. */
  readonly name: string;
}

export interface ChainSink extends ImportSink {
  readonly producer: string;
  readonly kid: string;
  /** Records signed so far. */
  readonly signed: number;
  /** Ends the chain by an entry of its own: from then on it can be shown that nothing is missing from it. */
  close(session: string): Promise<void>;
}

/**
 * An import as a producer: a chain of its own, signed by its own key. What the ledger has already is not signed again, so that a repeated
 * import leaves no number that never arrives. A crash leaves a chain that is not closed, which its report says.
 */
export function createChainSink(deps: ChainSinkDeps): ChainSink {
  const { ledger, signer, name } = deps;
  const id = `prd_${deps.newId()}`;
  const chain = new Producer({ ...deps, newId: () => id.slice('prd_'.length) });
  let signed = 0;
  const store = async (submissions: readonly Submission[]): Promise<void> => {
    for (const result of await ledger.ingest(submissions, { kids: [signer.keyId] })) {
      if (result.status === 'accepted') continue;
      throw new AppError(
        result.code ?? 'record.conflict',
        `${result.id}: ${result.message ?? 'another import recorded it meanwhile'}`,
        {
          fix: 'run the same import again: what is recorded already is told apart',
        },
      );
    }
  };
  const after = async (): Promise<{ size: number; root: string } | undefined> => {
    const head = await ledger.latestCheckpoint();
    return head !== null && head.size > 0 ? { size: head.size, root: toBase64(head.root) } : undefined;
  };
  return {
    producer: id,
    kid: signer.keyId,
    get signed() {
      return signed;
    },
    present: async (ids) => new Set((await ledger.readEntries(ids)).map((entry) => entry.id)),
    async record(entries) {
      const refused = new Map<string, Omit<ImportProblem, 'place'>>();
      const submissions: Submission[] = [];
      const cited = await after();
      for (const { grade: _grade, ...entry } of entries) {
        try {
          submissions.push(chain.sign(entry, cited));
          signed += 1;
        } catch (error) {
          // A record that does not fit the format takes no number.
          if (!(error instanceof RecordError)) throw error;
          refused.set(entry.id, { field: error.details.at ?? '', message: error.message });
        }
      }
      if (submissions.length > 0) await store(submissions);
      return refused;
    },
    async close(session) {
      if (signed === 0) return;
      const fields = [
        { path: '/capture/records', value: signed },
        { path: '/capture/dropped', value: 0 },
        { path: '/capture/session', value: session },
      ];
      const entry = {
        kind: 'capture',
        type: 'capture.closed',
        id: `ent_${deps.newId()}`,
        agent: name,
        fields,
      } as const;
      await store([chain.sign(entry, await after())]);
    },
  };
}
