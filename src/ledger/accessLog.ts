import type { Json } from '@tenet-ledger/record';
import type { LedgerService, NewEntry } from './service.js';

/** Who reads, and what for. */
export interface Reading {
  /** The API key, or the user of a command. Never a secret. */
  readonly by: Json;
  readonly purpose: string;
}

export interface Access extends Reading {
  /** What was opened: each entry with the fields whose values were read. */
  readonly opened: readonly { readonly id: string; readonly fields: readonly string[] }[];
}

export interface AccessLog {
  /** Resolves when the access is a durable entry: values are given out after that. */
  record(access: Access): Promise<void>;
}

/** Ids that one access entry names at most. */
const IDS_AN_ENTRY = 500;

interface Waiting {
  readonly access: Access;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Reads of disclosed values become entries of kind `access`. While one append is under way the next reads gather, and are
 * appended together: a read waits for at most two commits however many there are at once. A crash loses no entry of a read
 * that was answered.
 */
export function createAccessLog({ append }: Pick<LedgerService, 'append'>, now: () => number): AccessLog {
  let waiting: Waiting[] = [];
  let busy = false;
  const drain = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await append(entriesOf(batch, new Date(now()).toISOString()));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    busy = false;
  };
  return {
    record: (access) =>
      access.opened.some(({ fields }) => fields.length > 0)
        ? new Promise<void>((done, failed) => {
            waiting.push({ access, done, failed });
            if (!busy) void drain();
          })
        : Promise.resolve(),
  };
}

/** One entry per reader, purpose and set of fields, so that each says exactly what was read of each entry it names. */
function entriesOf(batch: readonly Waiting[], at: string): NewEntry[] {
  const groups = new Map<string, Reading & { readonly fields: readonly string[]; readonly ids: Set<string> }>();
  for (const { by, purpose, opened } of batch.map(({ access }) => access)) {
    for (const { id, fields: read } of opened) {
      if (read.length === 0) continue;
      const fields = [...new Set(read)].sort();
      const key = JSON.stringify([by, purpose, fields]);
      const group = groups.get(key) ?? { by, purpose, fields, ids: new Set<string>() };
      group.ids.add(id);
      groups.set(key, group);
    }
  }
  return [...groups.values()].flatMap(({ by, purpose, fields, ids }) =>
    chunked([...ids]).map((decisions): NewEntry => ({
      kind: 'access',
      type: 'access.read',
      fields: [
        { path: '/access/by', value: by },
        { path: '/access/purpose', value: purpose },
        { path: '/access/decisions', value: decisions },
        { path: '/access/fields', value: fields },
        { path: '/access/at', value: at },
      ],
    })),
  );
}

function chunked(ids: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let at = 0; at < ids.length; at += IDS_AN_ENTRY) chunks.push(ids.slice(at, at + IDS_AN_ENTRY));
  return chunks;
}
