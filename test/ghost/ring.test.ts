import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ring } from '../../packages/ghost/src/host/ring.js';

const SMALL = 256;
const pair = (bytes = SMALL): { producer: Ring; consumer: Ring } => {
  const memory = Ring.memory(bytes);
  return { producer: new Ring(memory), consumer: new Ring(memory) };
};
const take = (ring: Ring): string | undefined => {
  const text = ring.peek();
  if (text !== undefined) ring.advance();
  return text;
};

/** Text of one, two, three and four bytes a character, as long as half of the small ring and longer. */
const text = fc.oneof(
  fc.string({ maxLength: 140 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('', 'é'.repeat(63), '中'.repeat(41), '😀'.repeat(31), 'x'.repeat(124), 'x'.repeat(125)),
);

describe('the ring', () => {
  it('gives back what was offered, in order and unchanged, whatever is taken between', () => {
    const step = fc.oneof(text, fc.constant(null));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { producer, consumer } = pair();
        const model: string[] = [];
        for (const offered of steps) {
          if (offered === null) expect(take(consumer)).toBe(model.shift());
          else if (producer.offer(offered)) model.push(offered);
        }
        for (const left of model) expect(take(consumer)).toBe(left);
        expect(take(consumer)).toBeUndefined();
        expect(consumer.used).toBe(0);
      }),
    );
  });

  it('takes any text up to half its size when it is empty, wherever it stands', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), text, (before, last) => {
        const { producer, consumer } = pair();
        for (const one of before) if (producer.offer(one)) take(consumer);
        const fits = producer.fits(last);
        expect(fits).toBe(Buffer.byteLength(last) <= SMALL / 2 - 4);
        if (fits) expect(producer.offer(last)).toBe(true);
      }),
    );
  });

  it('refuses when there is no room and takes again once there is', () => {
    const { producer, consumer } = pair();
    let n = 0;
    while (producer.offer(`record ${n + 10}`)) n += 1;
    expect(n).toBe(SMALL / 16);
    expect(take(consumer)).toBe('record 10');
    expect(producer.offer('record 99')).toBe(true);
    expect(producer.offer('')).toBe(false);
  });

  it('goes on when its positions overflow 32 bits', () => {
    const memory = Ring.memory(SMALL);
    const words = new Int32Array(memory);
    words.fill(2 ** 31 - 64, 0, 2);
    const ring = new Ring(memory);
    for (let i = 0; i < 40; i += 1) {
      expect(ring.offer(`over ${i}`)).toBe(true);
      expect(take(ring)).toBe(`over ${i}`);
    }
    expect(words[0]).toBeLessThan(0);
  });

  it('loses, doubles and tears nothing between two threads', async () => {
    const memory = Ring.memory(4096);
    const code = `import { parentPort, workerData } from 'node:worker_threads';
       import { createHash } from 'node:crypto';
       import { Ring } from ${JSON.stringify(new URL('../../packages/ghost/dist/host/ring.js', import.meta.url).href)};
       const ring = new Ring(workerData), hash = createHash('sha256');
       for (let n = 0; n < 20_000; ) {
         const text = ring.peek();
         if (text === undefined) continue;
         hash.update(text);
         ring.advance();
         n += 1;
       }
       parentPort.postMessage(hash.digest('hex'));`;
    const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData: memory });
    const answer = new Promise((resolve, reject) => thread.on('message', resolve).on('error', reject));
    const ring = new Ring(memory);
    const hash = createHash('sha256');
    for (let n = 0; n < 20_000; n += 1) {
      const one = `${n} ${'é中x😀'.slice(0, n % 4).repeat(n % 97)}`;
      hash.update(one);
      for (let tries = 0; !ring.offer(one); tries += 1) {
        if (tries > 20) throw new Error('nobody takes anything');
        ring.waitForRoom(1000);
      }
    }
    expect(await answer).toBe(hash.digest('hex'));
  });

  it('waits for room no longer than it is told to', () => {
    const { producer } = pair();
    while (producer.offer('x'));
    const from = performance.now();
    producer.waitForRoom(30);
    expect(performance.now() - from).toBeGreaterThanOrEqual(25);
    expect(performance.now() - from).toBeLessThan(1000);
  });
});
