import type { Client } from '@temporalio/client';
import type { GateRow, Stores } from '../db/index.js';
import type { GatePolicy } from '../gate/index.js';
import { policyDigest } from '../gate/index.js';
import { contentId } from '../replay/index.js';
import type { Platform } from '../platform/index.js';
import { gateWorkflowId, PLATFORM_QUEUE } from '../../workflows/ids.js';

export interface GateRequest {
  readonly policy: GatePolicy;
  /** name@version */
  readonly baseline: string;
  readonly candidate: string;
  /** Only decisions of this session; null for all. */
  readonly session: string | null;
  /** Digests of the two versions where they are registered: changed code is another gate. */
  readonly digests: readonly [string | null, string | null];
  /** `judgedBy` of the stack: another scorer, embedder or live model is another gate. */
  readonly judgedBy: string;
  /** Waivers that hold now: others make another gate, so that one that ended is judged again. */
  readonly waivers?: readonly string[];
  /** Where it is asked for, such as owner/name: the same versions in another repository are another gate. */
  readonly repository?: string | null;
  /** Commit that asks; names nothing. */
  readonly revision?: string | null;
}

/**
 * The gate of these inputs, made where there is none. The same inputs give the same gate for ever once it passed or
 * failed; an inconclusive one is tried again under the next attempt.
 */
export async function requestGate(
  { tenant }: Pick<Platform, 'tenant'>,
  stores: Pick<Stores, 'gates'>,
  request: GateRequest,
): Promise<GateRow> {
  const { policy, baseline, candidate, session, digests, judgedBy, waivers = [] } = request;
  const { repository = null, revision = null } = request;
  const held = waivers.length === 0 ? {} : { waivers: [...waivers].sort() };
  const of = { v: 1, tenant, policy: policyDigest(policy), baseline, candidate, session, digests, judgedBy };
  const inputs = { ...of, ...held, ...(repository === null ? {} : { repository }) };
  for (let attempt = 1; ; attempt += 1) {
    const id = contentId('gate_', inputs, attempt);
    const known = await stores.gates.get(id);
    if (known !== null && known.status === 'inconclusive') continue;
    if (known !== null) return known;
    return stores.gates.save({
      id,
      attempt,
      policy,
      candidate,
      baseline,
      session,
      workflow: gateWorkflowId(tenant, id),
      ...held,
      repository,
      revision,
    });
  }
}

/** Starts the gate's workflow, or finds the one under way: two callers share one run. */
export async function startGate(client: Client, tenant: string, gate: GateRow): Promise<void> {
  if (gate.status !== 'pending') return;
  await client.workflow.start('gateRunWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId: gateWorkflowId(tenant, gate.id),
    args: [{ tenant, gateId: gate.id }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
}
