import type { TenetConfig } from '../config/index.js';
import type { GateRow } from '../db/index.js';
import type { GatePolicy } from '../gate/index.js';
import type { Connection } from '../runtime/index.js';
import { agentVersion } from './agentVersion.js';
import { ciPlace } from './ciPlace.js';
import { latestBaseline } from './latestBaseline.js';

export interface GateQuestion {
  readonly candidate: string;
  readonly baseline?: string;
  readonly session?: string;
  readonly repository?: string;
}

/** The gate of what was asked, found or made, and its workflow under way. */
export async function askForGate(
  { platform, stores, temporal, services }: Omit<Connection, 'stop'>,
  config: TenetConfig,
  policy: GatePolicy,
  question: GateQuestion,
  signal: AbortSignal,
): Promise<GateRow> {
  const { judgedBy, requestGate, standingWaiverIds, startGate } = await import('../runtime/index.js');
  const named = agentVersion(policy.agent);
  const candidate = named(question.candidate);
  const baseline =
    question.baseline === undefined
      ? await latestBaseline(platform.ledger, policy, candidate)
      : named(question.baseline);
  const digestOf = async (agent: string): Promise<string | null> => (await stores.agents.get(agent))?.digest ?? null;
  const place = ciPlace(process.env);
  const waivers = await standingWaiverIds(platform.ledger, policy);
  signal.throwIfAborted();
  const gate = await requestGate(platform, stores, {
    policy,
    baseline,
    judgedBy: judgedBy(config, services.embedder),
    candidate,
    session: question.session ?? null,
    digests: [await digestOf(baseline), await digestOf(candidate)],
    waivers,
    repository: question.repository ?? place.repository,
    revision: place.revision,
  });
  // A workflow goes on by itself once it is started: stopped before that, there is none.
  signal.throwIfAborted();
  await startGate(temporal, platform.tenant, gate);
  return gate;
}
