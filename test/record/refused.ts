import { expect } from 'vitest';
import { verifyBundle, type BundleVerdict, type Policy } from '@tenet-ledger/record';
import { joint, rawBundle } from './support.js';

export const verify = (value: unknown, policy: Policy): BundleVerdict =>
  verifyBundle(rawBundle(value), { policy, verify: joint });

/** The bundle is INVALID for exactly this reason, and nothing of it is handed on as a finding. */
export function refused(value: unknown, code: string, policy: Policy): BundleVerdict {
  const verdict = verify(value, policy);
  expect(verdict.label).toBe('INVALID');
  expect(verdict.reasons.map((reason) => reason.code)).toEqual([code]);
  expect(verdict.checks.at(-1)?.status).toBe('fail');
  expect(verdict.rows).toEqual([]);
  expect(verdict.related).toEqual([]);
  expect(verdict.fields.some((field) => field.value !== undefined)).toBe(false);
  return verdict;
}
