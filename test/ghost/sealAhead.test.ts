import { expect, it } from 'vitest';
import type { Draft, Sealed } from '../../packages/ghost/src/delivery/delivery.js';
import { MemoryDelivery } from '../../packages/ghost/src/delivery/memoryDelivery.js';
import type { BatchAnswer } from '../../packages/ghost/src/delivery/recordsDoor.js';

const BATCH = 40;

/** A delivery over a door that answers when it is told to. */
function setup() {
  const sealed: string[] = [];
  const waiting: { ids: string[]; answer: (answer: BatchAnswer) => void }[] = [];
  const delivery = new MemoryDelivery({
    seal: ({ id }: Draft): Sealed => {
      sealed.push(id);
      return { id, line: id, bytes: 100 };
    },
    door: {
      send: (batch) =>
        new Promise((answer) => {
          waiting.push({ ids: batch.map(({ id }) => id), answer });
        }),
    },
    problem: () => undefined,
    checkpoint: () => undefined,
    maxRecords: BATCH,
    maxBytes: 1_000_000,
    lingerMs: 0,
    maxQueued: 1_000,
    random: () => 0,
  });
  const accept = (): void => {
    const { ids, answer } = waiting.shift() ?? { ids: [], answer: () => undefined };
    answer({ kind: 'settled', results: ids.map((id) => ({ id, status: 'accepted' })), checkpoint: null });
  };
  return { delivery, sealed, waiting, accept };
}

const ids = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => `dec_${from + i}`);

it('seals the next batch while the server is busy with one, no more than that, and keeps the order', async () => {
  const { delivery, sealed, waiting, accept } = setup();
  for (const id of ids(0, 100)) delivery.enqueue({ id } as Draft);
  const flushed = delivery.flush(5_000);
  await expect.poll(() => sealed.length).toBe(2 * BATCH);
  expect(waiting.map((request) => request.ids)).toEqual([ids(0, BATCH)]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(sealed).toEqual(ids(0, 2 * BATCH));
  accept();
  await expect.poll(() => waiting.length).toBe(1);
  expect(waiting[0]?.ids).toEqual(ids(BATCH, BATCH));
  accept();
  await expect.poll(() => waiting.length).toBe(1);
  expect(waiting[0]?.ids).toEqual(ids(2 * BATCH, 20));
  accept();
  expect(await flushed).toEqual({ pending: 0 });
  expect(delivery.stats()).toMatchObject({ enqueued: 100, acknowledged: 100 });
});

it('sends the same bytes again before what was sealed after them', async () => {
  const { delivery, waiting, accept } = setup();
  for (const id of ids(0, 60)) delivery.enqueue({ id } as Draft);
  const flushed = delivery.flush(5_000);
  await expect.poll(() => waiting.length).toBe(1);
  const problem = { code: 'ghost.delivery', message: 'busy' };
  waiting.shift()?.answer({ kind: 'later', problem, retryAfterMs: 0 });
  await expect.poll(() => waiting.length).toBe(1);
  expect(waiting[0]?.ids).toEqual(ids(0, BATCH));
  accept();
  await expect.poll(() => waiting.length).toBe(1);
  expect(waiting[0]?.ids).toEqual(ids(BATCH, 20));
  accept();
  expect(await flushed).toEqual({ pending: 0 });
});
