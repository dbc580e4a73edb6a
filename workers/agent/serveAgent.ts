import { NativeConnection, Runtime, Worker, DefaultLogger } from '@temporalio/worker';
import { agentDigest, agentQueue } from '../../src/agents/index.js';
import { exitWithParent } from '../../src/services/index.js';
import { connectTemporal } from '../connectTemporal.js';
import { untilStopped } from '../untilStopped.js';
import { ChildPool } from './childPool.js';
import { createReplayBatch, REPLAY_BATCH } from './replayBatch.js';
import { replayDoors } from './replayDoors.js';
import type { WorkerArgs } from './workerArgs.js';

/**
 * Serves one agent version: an activity-only Temporal worker that knows the API, Temporal and its token, and runs the agent's code in
 * child processes that know none of them. Says on stdout, once, that it is ready.
 */
export async function serveAgent(args: WorkerArgs): Promise<void> {
  const digest = await agentDigest(args.agentFile);
  const pool = new ChildPool(
    {
      file: args.agentFile,
      model: args.model,
      liveReads: args.liveReads,
      env: args.agentEnv,
      memoryMb: args.memoryMb,
      redact: args.redact,
    },
    args.children,
  );
  try {
    const agent = await pool.start();
    const taskQueue = agentQueue(args.tenant, agent, digest);
    Runtime.install({ logger: new DefaultLogger('WARN', say) });
    const connection = await connectTemporal(() => NativeConnection.connect({ address: args.temporal }));
    const activity = createReplayBatch({
      doors: replayDoors(args.api, args.token),
      runner: pool,
      agent,
      digest,
      now: () => Date.now(),
    });
    const worker = await Worker.create({
      connection,
      namespace: args.namespace,
      taskQueue,
      activities: { [REPLAY_BATCH]: activity },
      // One batch more than is run, so that fetching it takes no turn; the rest stays on the queue for other workers of this version.
      maxConcurrentActivityTaskExecutions: args.children + 1,
      shutdownGraceTime: '5s',
      shutdownForceTime: '10s',
    });
    const running = worker.run();
    const pids = pool.pids;
    process.stdout.write(
      `${JSON.stringify({ ready: true, queue: taskQueue, agent, digest, pid: process.pid, childPid: pids[0], childPids: pids })}\n`,
    );
    await Promise.race([untilStopped(exitWithParent), running]);
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
    await connection.close();
  } finally {
    await pool.stop();
  }
}

/** A worker without workflows is what this one is meant to be. */
function say({ level, message }: { readonly level: string; readonly message: string }): void {
  if (!message.startsWith('No workflows registered')) process.stderr.write(`${level.toLowerCase()}: ${message}\n`);
}
