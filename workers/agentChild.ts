import { activeReplay, compileRedactor, enterReplayProcess, insideLiveCall } from '@tenet-ledger/ghost/replay';
import { isAppError } from '../src/errors/index.js';
import { loadAgent } from '../src/agents/index.js';
import { ChildJobs } from './agent/childJobs.js';
import type { FromChild, LoadMessage, ToChild } from './agent/childProtocol.js';
import { watchDirectUse } from './agent/directUse.js';
import { installFence, type Fence } from './agent/fence.js';
import { dieWithParent } from './agent/watchdog.js';

/**
 * Runs agent code, one decision at a time, in an empty environment behind the fence. Knows no token and no address but the
 * lane's model endpoint. Its parent may kill it at any moment; whatever it had not reported is run again.
 */

/** File descriptor of the progress file; see the parent's `fork`. */
const PROGRESS_FD = 4;

const say = process.send?.bind(process);
if (say === undefined) throw new Error('started without a parent: this file is forked by the agent worker');
const tell = (message: FromChild): void => void say(message);
// The channel to the parent is ours; agent code has no use for it.
Reflect.set(process, 'send', undefined);
process.on('disconnect', () => process.exit(0));
dieWithParent();

let fence: Fence | undefined;
const jobs = new ChildJobs({ tell, progressFd: PROGRESS_FD, before: () => fence?.dropUnreachable() ?? null });

process.on('message', (message: ToChild) => {
  if (message.t === 'load') void load(message);
  else jobs.take(message);
});
process.on('uncaughtException', (error) => jobs.escaped(error));

async function load({ file, model, liveReads, redact }: LoadMessage): Promise<void> {
  enterReplayProcess();
  const endpoint = model === null ? null : hostPortOf(model.baseURL);
  const reachable = (): readonly string[] => {
    const policy = jobs.policy;
    if (policy === null) return [];
    return [
      ...(policy.model === 'live' && endpoint !== null ? [endpoint] : []),
      ...(policy.liveReads ? liveReads : []),
    ];
  };
  fence = installFence({
    mayConnect: (target) => reachable().includes(target),
    mayResolve: (host) => reachable().some((target) => target.slice(0, target.lastIndexOf(':')) === host),
    refused: (what) =>
      activeReplay()?.refuse({
        code: 'replay.fence',
        message: `${what} was tried outside ghost.tool and ghost.openai`,
      }),
  });
  watchDirectUse((name) => {
    if (!insideLiveCall()) activeReplay()?.note(`direct: ${name}`);
  });
  try {
    const { name, version, type, agent, wrapped } = await loadAgent(file);
    jobs.start(wrapped, model, compileRedactor(redact ?? {}));
    tell({ t: 'ready', name, version, type, agent });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ t: 'invalid', code: isAppError(error) ? error.code : 'agent.invalid', message });
  }
}

function hostPortOf(baseURL: string): string {
  const { protocol, hostname, port } = new URL(baseURL);
  return `${hostname.replace(/^\[|\]$/g, '').toLowerCase()}:${port !== '' ? port : protocol === 'https:' ? '443' : '80'}`;
}
