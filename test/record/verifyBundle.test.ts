import { describe, expect, it } from 'vitest';
import { formatBundle, toBase64, verifyBundle } from '@tenet-ledger/record';
import { joint, TestLog } from './support.js';

function small() {
  const log = new TestLog();
  const added = log.key('add', log.producer, 'producer');
  const main = log.decision('dec_1');
  return { log, added, main };
}

describe('verifyBundle', () => {
  it('accepts a logged record signed by the operator alone as SELF-ATTESTED', () => {
    const { log, added, main } = small();
    const verdict = verifyBundle(formatBundle(log.bundle(main, [added])), { policy: log.policy() });
    expect(verdict.label).toBe('SELF-ATTESTED');
  });
});
