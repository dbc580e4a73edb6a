import type { LedgerStatus } from './service.js';
import type { LedgerStore } from './store.js';

export async function readStatus(store: LedgerStore, origin: string, now: () => number): Promise<LedgerStatus> {
  const [head, checkpoint, counts] = await Promise.all([store.readHead(), store.latestCheckpoint(), store.counts()]);
  return {
    tenant: store.tenant,
    origin,
    size: head?.size ?? 0,
    checkpointSize: checkpoint?.size ?? 0,
    headAgeMs: checkpoint ? Math.max(0, now() - checkpoint.createdAt.getTime()) : null,
    halted: head?.halted ?? null,
    queued: counts.queued,
    keys: { active: counts.activeKeys, ended: counts.endedKeys, pending: counts.pendingKeys },
    conflicts: counts.conflicts,
    label: 'SELF-ATTESTED',
  };
}
