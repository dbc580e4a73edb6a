import type { GatePolicy } from '../types.js';
import type { Waiver, WaiverState } from './types.js';

/** A no outweighs a yes, whoever said it first; time outweighs a yes. */
export function waiverState(waiver: Waiver, now: Date): WaiverState {
  if (waiver.revocation !== null) return 'revoked';
  if (waiver.rejection !== null) return 'rejected';
  if (now.toISOString() >= waiver.expiresAt) return 'expired';
  return waiver.acceptance === null ? 'requested' : 'accepted';
}

/** Those that hold for runs of this policy now. */
export const standingWaivers = (
  waivers: readonly Waiver[],
  policy: Pick<GatePolicy, 'name' | 'agent'>,
  now: Date,
): Waiver[] =>
  waivers.filter(
    (waiver) =>
      waiver.policy === policy.name && waiver.agent === policy.agent && waiverState(waiver, now) === 'accepted',
  );

/** Whether the policy lets anybody waive this decision. */
export function mayWaive(policy: Pick<GatePolicy, 'pinned' | 'waivers'>, decision: string): boolean {
  const pin = policy.pinned.find((own) => own.decision === decision);
  if (pin === undefined) return true;
  return (pin.waiver ?? policy.waivers?.pinned ?? 'allowed') === 'allowed';
}
