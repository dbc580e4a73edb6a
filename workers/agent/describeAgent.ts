import { agentDigest } from '../../src/agents/index.js';
import type { AgentArgs } from './workerArgs.js';
import type { LoadedIdentity } from './childProtocol.js';
import { forkAgentChild } from './forkAgentChild.js';
import { closeProgressFile, createProgressFile } from './progressFile.js';

export interface AgentDescription extends LoadedIdentity {
  /** SHA-256 over the agent's files, hex. */
  readonly digest: string;
}

/**
 * What an agent module is, found out where it may do nothing: its code is loaded in a fenced child that is then ended. Whoever
 * registers a version asks here, so that the process which holds keys never runs what it registers.
 */
export async function describeAgent(args: AgentArgs, childFile?: string): Promise<AgentDescription> {
  const { agentFile: file, model, liveReads, agentEnv: env, memoryMb } = args;
  const digest = await agentDigest(file);
  const progress = createProgressFile();
  const options = { file, model, liveReads, env, memoryMb, ...(childFile === undefined ? {} : { childFile }) };
  const { child, ready, gone } = forkAgentChild(options, progress, () => undefined);
  try {
    return { ...(await ready), digest };
  } finally {
    child.kill('SIGKILL');
    await gone;
    closeProgressFile(progress);
  }
}
