import type { Entry } from '@tenet-ledger/record';
import type { Stack } from '../src/runtime/index.js';
import type { Producer, Sealed } from './producer.js';

/** A batch as it goes over the wire. */
export type Encode = (batch: readonly Sealed[]) => {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
};

export const asLines: Encode = (batch) => ({
  headers: { 'content-type': 'application/x-ndjson' },
  body: batch.map(({ line }) => line).join('\n'),
});

export interface Amount {
  readonly count: number;
  readonly batch: number;
  readonly encode?: Encode;
}

/** Batch after batch, each signed when the one before is acknowledged. Gives the last record. */
export async function record(
  stack: Stack,
  apiKey: string,
  producer: Producer,
  { count, batch: size, encode = asLines }: Amount,
): Promise<Sealed> {
  let last: Sealed | undefined;
  for (let done = 0; done < count; done += size) {
    const batch = Array.from({ length: Math.min(size, count - done) }, () => producer.seal());
    producer.after = (await post(stack, apiKey, encode(batch))) ?? producer.after;
    last = batch.at(-1);
  }
  if (last === undefined) throw new Error('nothing was recorded');
  return last;
}

export async function logged(stack: Stack, records: readonly Sealed[]): Promise<void> {
  await stack.platform.ledger.waitLogged(
    records.map(({ id }) => id),
    { timeoutMs: 120_000 },
  );
}

interface Answer {
  readonly results?: readonly { readonly status: string; readonly message?: string }[];
  readonly checkpoint?: { readonly size: number; readonly root: string } | null;
}

async function post(stack: Stack, apiKey: string, { headers, body }: ReturnType<Encode>): Promise<Entry['after']> {
  const response = await fetch(new URL('/api/v1/records', stack.apiUrl), {
    method: 'POST',
    headers: { ...headers, 'x-api-key': apiKey },
    body,
  });
  const answer = (await response.json()) as Answer;
  const refused = answer.results?.find(({ status }) => status !== 'accepted');
  if (!response.ok || refused !== undefined)
    throw new Error(`HTTP ${response.status}: ${JSON.stringify(refused ?? answer).slice(0, 300)}`);
  return answer.checkpoint ? { size: answer.checkpoint.size, root: answer.checkpoint.root } : undefined;
}
