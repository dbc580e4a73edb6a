import type { Client, Connection } from '@temporalio/client';
import type { TenetConfig } from '../config/index.js';
import type { GateRow, Stores } from '../db/index.js';
import { AppError } from '../errors/index.js';
import type { GatePolicy } from '../gate/index.js';
import type { Platform } from '../platform/index.js';
import { temporalConnectionOptions } from '../services/index.js';
import { appErrorOf } from './appErrorOf.js';
import { judgedBy } from './judgedBy.js';
import { latestBaseline } from './latestBaseline.js';
import { assertPriced } from './livePrices.js';
import { requestGate, startGate } from './requestGate.js';
import { standingWaiverIds } from './standingWaiverIds.js';

/** A gate as somebody asks for it, without knowing what is registered and recorded. */
export interface AskedGate {
  readonly policy: GatePolicy;
  /** name@version, or the version alone. */
  readonly candidate: string;
  /** null: the version recorded last. */
  readonly baseline: string | null;
  readonly session: string | null;
  readonly repository: string | null;
  readonly revision: string | null;
}

export interface GateStarter {
  /** The gate of these inputs, under way or ended. Throws `agent.not_registered`, `temporal.unavailable`. */
  start(asked: AskedGate): Promise<GateRow>;
  close(): Promise<void>;
}

export interface GateStarterDeps {
  readonly platform: Pick<Platform, 'tenant' | 'ledger'>;
  readonly stores: Pick<Stores, 'gates' | 'agents'>;
  readonly config: Pick<TenetConfig, 'temporal' | 'openai' | 'embedder'>;
  /** @default a connection to the configured server */
  readonly connect?: () => Promise<Pick<Connected, 'client' | 'close'>>;
}

interface Connected {
  readonly client: Client;
  close(): Promise<void>;
}

const CONNECT_WITHIN = '5 seconds';
const START_WITHIN_MS = 10_000;

/** Connects at the first gate and keeps the connection; a server that was not there is asked again the next time. */
export function createGateStarter(deps: GateStarterDeps): GateStarter {
  const { platform, stores, config } = deps;
  let connected: Promise<Connected> | undefined;
  const client = async (): Promise<Client> => {
    connected ??= (deps.connect ?? (() => connect(config.temporal)))();
    try {
      return (await connected).client;
    } catch (error) {
      connected = undefined;
      throw error;
    }
  };
  return {
    async start(asked) {
      const gate = await requestGate(platform, stores, await requestOf(deps, asked));
      try {
        const temporal = await client();
        await temporal.withDeadline(Date.now() + START_WITHIN_MS, () => startGate(temporal, platform.tenant, gate));
      } catch (error) {
        throw appErrorOf(error) ?? error;
      }
      return gate;
    },
    async close() {
      await (await connected?.catch(() => undefined))?.close();
    },
  };
}

async function requestOf({ platform, stores, config }: GateStarterDeps, asked: AskedGate) {
  const { policy, session, repository, revision } = asked;
  assertPriced(config, { model: policy.lanes.model, maxCost: policy.budget.maxCost });
  const named = (version: string): string => (version.includes('@') ? version : `${policy.agent}@${version}`);
  const candidate = named(asked.candidate);
  const baseline =
    asked.baseline === null ? await latestBaseline(platform.ledger, policy, candidate) : named(asked.baseline);
  const digests = [
    await digestOf(stores, baseline, 'baseline'),
    await digestOf(stores, candidate, 'candidate'),
  ] as const;
  const waivers = await standingWaiverIds(platform.ledger, policy);
  const by = judgedBy(config, { kind: config.embedder });
  return { policy, baseline, candidate, session, digests, judgedBy: by, waivers, repository, revision };
}

async function digestOf({ agents }: Pick<Stores, 'agents'>, agent: string, field: string): Promise<string> {
  const known = await agents.get(agent);
  if (known !== null) return known.digest;
  throw new AppError('agent.not_registered', `${agent} was never registered here`, {
    field: `/${field}`,
    got: agent,
    fix: 'serve it: a worker registers its version when it starts',
  });
}

async function connect(temporal: TenetConfig['temporal']): Promise<Connected> {
  const { address, namespace } = temporal;
  if (address === undefined)
    throw new AppError('temporal.unavailable', 'this API server knows no Temporal server', {
      field: 'temporal.address',
      fix: 'set TENET_TEMPORAL_ADDRESS for the API server, or run the gate with: tenet gate run',
    });
  const sdk = await import('@temporalio/client');
  let connection: Connection;
  try {
    connection = await sdk.Connection.connect({
      ...temporalConnectionOptions(temporal, address),
      connectTimeout: CONNECT_WITHIN,
    });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError(
      'temporal.unavailable',
      'the Temporal server does not answer',
      { fix: 'see that it runs: tenet doctor' },
      { cause },
    );
  }
  return { client: new sdk.Client({ connection, namespace }), close: () => connection.close() };
}
