import fc from 'fast-check';
import { expect, test } from 'vitest';
import { postsOf } from '../../workers/agent/postsOf.js';

test('posts hold every row once and in order, and are as large as they may be and no larger', () => {
  const rows = fc.array(
    fc.string({ maxLength: 30, unit: 'grapheme' }).map((line) => ({ line })),
    { maxLength: 60 },
  );
  const most = fc.record({ rows: fc.integer({ min: 1, max: 9 }), bytes: fc.integer({ min: 1, max: 120 }) });
  fc.assert(
    fc.property(rows, most, (given, limit) => {
      const posts = [...postsOf(given, limit)];
      expect(posts.flat()).toEqual(given);
      const size = (post: readonly { line: string }[]): number =>
        post.reduce((sum, { line }) => sum + Buffer.byteLength(line) + 1, 0);
      for (const [at, post] of posts.entries()) {
        expect(post.length).toBeLessThanOrEqual(limit.rows);
        if (post.length > 1) expect(size(post)).toBeLessThanOrEqual(limit.bytes);
        const next = posts[at + 1]?.slice(0, 1) ?? [];
        if (next.length > 0) expect(post.length === limit.rows || size([...post, ...next]) > limit.bytes).toBe(true);
      }
    }),
  );
});
