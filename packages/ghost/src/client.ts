import { randomBytes } from 'node:crypto';
import type { Client } from './clientPort.js';
import { Anchor } from './delivery/anchor.js';
import { HttpPoster } from './delivery/httpPost.js';
import { MemoryDelivery } from './delivery/memoryDelivery.js';
import { recordsDoor } from './delivery/recordsDoor.js';
import { Sealer } from './delivery/sealer.js';
import { signerFromKeyFile } from './identity/keyFile.js';
import { messageOf } from './readDecision.js';
import { shared } from './scope.js';
import type { GhostConfig, GhostProblem, GhostStats } from './types.js';
import { ulid } from './ulid.js';

const DEFAULTS = { maxRecords: 500, maxBytes: 4_194_304, lingerMs: 50, maxQueued: 20_000, requestTimeoutMs: 30_000 };

const newUlid = (): string => ulid(Date.now(), randomBytes(10));

/** Reports without ever throwing back. */
function reporter(onProblem: GhostConfig['onProblem']): (problem: GhostProblem) => void {
  return (problem) => {
    try {
      if (onProblem !== undefined) onProblem(problem);
      else if (process.env['TENET_GHOST_DEBUG'] !== undefined)
        process.emitWarning(problem.message, { code: problem.code, type: 'GhostWarning' });
    } catch {
      // The caller's own handler failed; there is nobody left to tell.
    }
  };
}

/** Throws for a configuration that can't work; `configure` turns that into a report. */
export function createClient(config: GhostConfig): Client {
  const problem = reporter(config.onProblem);
  for (const name of ['endpoint', 'apiKey', 'tenant', 'log'] as const) {
    if (typeof config[name] !== 'string' || config[name] === '')
      throw new TypeError(`ghost.configure: ${name} is missing`);
  }
  const signer = config.signer ?? (config.keyFile === undefined ? undefined : signerFromKeyFile(config.keyFile));
  if (signer === undefined) throw new TypeError('ghost.configure: give a signer or a keyFile');
  const tagKey = config.tagKey === undefined ? undefined : Buffer.from(config.tagKey, 'base64');
  if (tagKey !== undefined && tagKey.length !== 32)
    throw new TypeError('ghost.configure: tagKey is 32 bytes in base64');
  const anchor = config.vkey === undefined ? undefined : new Anchor(config.vkey, problem);
  const batch = { ...DEFAULTS, ...config.batch };
  const poster = new HttpPoster();
  const sealer = new Sealer({ log: config.log, signer, producer: `prd_${newUlid()}`, after: () => anchor?.latest });
  const delivery = new MemoryDelivery({
    ...batch,
    problem,
    seal: (draft) => sealer.seal(draft),
    door: recordsDoor({
      endpoint: config.endpoint,
      apiKey: config.apiKey,
      timeoutMs: batch.requestTimeoutMs,
      now: () => Date.now(),
      post: (request) => poster.post(request),
    }),
    checkpoint: (checkpoint) => anchor?.offer(checkpoint),
    random: () => Math.random(),
  });
  return clientOf(config, delivery, problem, tagKey);
}

function clientOf(
  config: GhostConfig,
  delivery: MemoryDelivery,
  problem: Client['problem'],
  tagKey: Uint8Array | undefined,
): Client {
  return {
    tenant: config.tenant,
    session: config.session ?? `ses_${newUlid()}`,
    origin: config.origin ?? 'agent',
    lineage: config.lineage ?? {},
    codeDigest: config.codeDigest,
    tagKey,
    newId: () => `dec_${newUlid()}`,
    // Outside the agent's async context: what delivery does later is not the agent's doing.
    enqueue: (draft) => shared.scopes.exit(() => delivery.enqueue(draft)),
    refuse: (what) => {
      delivery.countRefused();
      problem(what);
    },
    problem,
    flush: (timeoutMs) => delivery.flush(timeoutMs),
    stats: () => delivery.stats(),
  };
}

const NO_STATS: GhostStats = {
  enqueued: 0,
  spooled: 0,
  synced: 0,
  acknowledged: 0,
  refused: 0,
  duplicates: 0,
  dropped: 0,
  blockedMs: 0,
  spool: { dir: '', ephemeral: true, bytes: 0, segments: 0 },
  circuit: 'closed',
};

let idle: Client | undefined;

/** Stands in before `configure`: agents run as ever, nothing is recorded, and that is said once. */
export function idleClient(): Client {
  if (idle !== undefined) return idle;
  let said = false;
  const say = (message: string): void => {
    if (said) return;
    said = true;
    process.emitWarning(message, { code: 'GHOST_NOT_CONFIGURED', type: 'GhostWarning' });
  };
  idle = {
    tenant: '',
    session: '',
    origin: 'agent',
    lineage: {},
    codeDigest: undefined,
    tagKey: undefined,
    newId: () => `dec_${newUlid()}`,
    enqueue: () => say('ghost is not configured: decisions are not recorded'),
    refuse: () => undefined,
    problem: ({ message }) => say(message),
    flush: () => Promise.resolve({ pending: 0 }),
    stats: () => NO_STATS,
  };
  return idle;
}

/** Never throws: an agent module that configures itself has to load in a replay too, where its environment is empty. */
export function configure(config: GhostConfig): boolean {
  try {
    shared.client = createClient(config);
    return true;
  } catch (error) {
    shared.client = undefined;
    reporter(
      config.onProblem ??
        ((problem) => process.emitWarning(problem.message, { code: 'GHOST_NOT_CONFIGURED', type: 'GhostWarning' })),
    )({
      code: 'ghost.not_configured',
      message: messageOf(error),
    });
    return false;
  }
}
