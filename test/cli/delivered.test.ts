import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ghost, nodeSigner, type GhostProblem } from '@tenet-ledger/ghost';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { judgeDelivery } from '../../src/cli/demo/delivered.js';

const stats = { enqueued: 10, sent: 10, acknowledged: 10, duplicates: 0, refused: 0, dropped: 0 };
const retried = { code: 'ghost.delivery', message: 'the server answered 503; trying again (attempt 1)' };

describe('whether the records of the demo arrived', () => {
  test('a post that had to be repeated is told, and is no failure', () => {
    expect(judgeDelivery({ stats, pending: 0, problems: [retried] })).toEqual({
      lost: null,
      note: 'delivered after 1 problem on the way: ghost.delivery: the server answered 503; trying again (attempt 1)',
    });
    expect(judgeDelivery({ stats, pending: 0, problems: [] })).toEqual({ lost: null, note: null });
  });

  test.each([
    [
      { ...stats, acknowledged: 9, refused: 1 },
      0,
      '1 record did not arrive (1 refused, 0 dropped, 0 not acknowledged)',
    ],
    [
      { ...stats, acknowledged: 8, dropped: 2 },
      0,
      '2 records did not arrive (0 refused, 2 dropped, 0 not acknowledged)',
    ],
    [{ ...stats, acknowledged: 7 }, 3, '3 records did not arrive (0 refused, 0 dropped, 3 not acknowledged)'],
  ])('a record that did not arrive is: %j', (counts, pending, lost) => {
    const refused = { code: 'record.signature', message: 'does not verify', id: 'dec_A' };
    expect(judgeDelivery({ stats: counts, pending, problems: [retried, refused] }).lost).toBe(
      `${lost}: record.signature: does not verify`,
    );
  });

  test('the SDK’s own counters after a server that was away for a moment', async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        asked += 1;
        if (asked === 1) return void response.writeHead(503, { 'retry-after': '0' }).end();
        const results = text
          .trim()
          .split('\n')
          .map(() => ({ id: '', status: 'accepted' }));
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ results, checkpoint: null }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const problems: GhostProblem[] = [];
    ghost.configure({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      apiKey: 'tnt_x',
      tenant: 'local',
      log: 'tenet.localhost/local',
      signer: nodeSigner(generateKeyPairSync('ed25519').privateKey),
      onProblem: (problem) => problems.push(problem),
    });
    ghost.decision({ agent: 'scorer', version: '1.0.0', type: 'loan.approve', outcome: 'approve' });
    const { pending } = await ghost.flush({ timeout: 10_000 });
    server.close();
    const { lost, note } = judgeDelivery({ stats: ghost.stats(), pending, problems });
    expect({ asked, lost }).toEqual({ asked: 2, lost: null });
    expect(note).toContain('trying again (attempt 1)');
  });
});
