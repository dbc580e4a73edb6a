import { RecordError, type RecordSigner, type Submission } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { Producer, type Sources } from '../ledger/index.js';
import type { LedgerDoor } from './ledgerDoor.js';
import type { ImportSink } from './runImport.js';
import type { ImportProblem } from './types.js';

export interface ChainSinkDeps extends Sources {
  readonly door: LedgerDoor;
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
 * An import as a producer: a chain of its own, signed by its own key. What the ledger is known to have is not signed again; what it turns
 * out to have is a duplicate, over which the chain goes on. A crash leaves a chain that is not closed, which its report says.
 */
export function createChainSink(deps: ChainSinkDeps): ChainSink {
  const { door, signer, name } = deps;
  const id = `prd_${deps.newId()}`;
  const chain = new Producer({ ...deps, newId: () => id.slice('prd_'.length) });
  let signed = 0;
  /** Ids that the ledger had. */
  const store = async (submissions: readonly Submission[]): Promise<Set<string>> => {
    const results = await door.post(submissions);
    const bad = results.find(({ status }) => status !== 'accepted' && status !== 'duplicate');
    if (bad === undefined)
      return new Set(results.flatMap(({ id: one, status }) => (status === 'duplicate' ? [one] : [])));
    throw new AppError(bad.code ?? 'record.conflict', `${bad.id}: ${bad.message ?? 'not taken'}`, {
      fix: 'run the same import again: what is recorded already is told apart',
    });
  };
  return {
    producer: id,
    kid: signer.keyId,
    get signed() {
      return signed;
    },
    present: (ids) => door.present(ids),
    async record(entries) {
      const refused = new Map<string, Omit<ImportProblem, 'place'>>();
      const submissions: Submission[] = [];
      const cited = await door.head();
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
      return { refused, duplicates: submissions.length > 0 ? await store(submissions) : new Set() };
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
      await store([chain.sign(entry, await door.head())]);
    },
  };
}
