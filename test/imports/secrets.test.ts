import { expect, test } from 'vitest';
import { entryOf, parseMapping, convertMapped } from '../../src/imports/index.js';
import { AT, theDecision } from './support.js';

const MAP =
  'version: 1\nagent: a\nagentVersion: "1"\ntype: t\noutcome: /out\nkey: /id\nreasoning: /why\ntape: { from: /calls, name: /tool, args: /args, result: /res }\n';
const CANARY = 'sk-canary0123456789abcdefCANARY';

test('credentials in the log of another system stay out of the record, and that is said', () => {
  const line = {
    id: 1,
    out: 'ok',
    why: [`used ${CANARY}`],
    authorization: CANARY,
    calls: [
      { tool: 'http', args: { headers: { authorization: `Bearer ${CANARY}` } }, res: { card: '4111 1111 1111 1111' } },
    ],
  };
  const decision = theDecision(
    convertMapped(line, { mapping: parseMapping(MAP, 'm'), source: 'a log', session: 's', occurredAt: AT }),
  );
  const entry = entryOf(decision, { tenant: 'acme', sdk: 'import/jsonl', tagKey: new Uint8Array(32) });
  const text = JSON.stringify(entry);
  expect(text).not.toContain('canary');
  expect(text).not.toContain('4111');
  expect(text).toContain('[redacted:');
  expect(entry.grade.reasons.join('\n')).toMatch(/redacted: \d+ values/);
});
