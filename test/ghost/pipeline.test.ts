import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { fieldsDraft } from './support/drafts.js';
import { filesIn, Pipes } from './support/pipelines.js';

let api: RecordsApi;
const pipes = new Pipes();
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(async () => {
  pipes.clear();
  await api.close();
});

const ids = (): readonly string[] => api.received.map(({ entry }) => entry.id);
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `dec_${i}`);

describe('a pipeline', () => {
  it('delivers what it takes, in order, as one chain', async () => {
    const { pipeline } = pipes.make(api.url, { batch: { maxRecords: 40 } });
    for (const id of numbers(100)) pipeline.take(fieldsDraft(id));
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
    expect(ids()).toEqual(numbers(100));
    expect(api.received.map(({ entry }) => entry.producer.seq)).toEqual(numbers(100).map((_, i) => i + 1));
    api.received.slice(1).forEach(({ entry }, i) => expect(entry.producer.prev).toBe(api.received[i]!.sHash));
    expect(api.received.every(({ signatureOk }) => signatureOk)).toBe(true);
    expect(pipeline.stats()).toMatchObject({
      spooled: 100,
      acknowledged: 100,
      refused: 0,
      dropped: 0,
      circuit: 'closed',
    });
  });
});
