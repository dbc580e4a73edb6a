import { describe, expect, test } from 'vitest';
import { explainOldState } from '../../src/cli/demo/oldState.js';
import { explain } from '../../src/cli/explain.js';
import { AppError } from '../../src/errors/index.js';

describe('a demo on a state folder of other code', () => {
  test('says which folder is old and how to go on, not that the example needs a new version', () => {
    const details = { field: '/digest', expected: 'aa', got: 'bb', fix: 'give the changed agent a new version' };
    const error = new AppError('agent.digest_changed', 'underwriter@1.0.0 was registered with other code', details);
    const lines = explain(explainOldState(error, "/home/jo/it's here/.tenet"));
    expect(lines.slice(0, 4)).toEqual([
      'error: underwriter@1.0.0 was registered with other code  [agent.digest_changed]',
      '  field     /digest',
      '  expected  aa',
      '  got       bb',
    ]);
    expect(lines[4]).toContain("rm -r '/home/jo/it'\\''s here/.tenet'");
    expect(lines[4]).toContain('--state-dir ANOTHER');
  });

  test('leaves every other error as it is', () => {
    const other = new AppError('db.unavailable', 'gone');
    expect(explainOldState(other, '/x')).toBe(other);
  });
});
