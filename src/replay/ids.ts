import { canonicalize, sha256, toBase32, utf8 } from '@tenet-ledger/record';

const DIGITS = 26;

/**
 * Identity by content: prefix and 26 base32 digits of SHA-256(JCS([inputs, attempt])). The same inputs are the same run,
 * cohort or gate on every machine. `attempt` rises only after an outcome that says nothing about the inputs
 * (inconclusive, agent not available, infrastructure), so that such an outcome is not for ever.
 */
export function contentId(prefix: 'run_' | 'coh_' | 'gate_' | 'ctl_' | 'prf_', inputs: unknown, attempt = 1): string {
  return prefix + toBase32(sha256(utf8(canonicalize([inputs, attempt]))), DIGITS);
}
