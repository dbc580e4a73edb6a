import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { loadConfig } from '../src/config/index.js';
import { createStores } from '../src/db/index.js';
import { openPlatform } from '../src/platform/index.js';
import { liveModelName } from '../src/config/index.js';
import { exitWithParent, temporalConnectionOptions } from '../src/services/index.js';
import { PLATFORM_QUEUE } from '../workflows/ids.js';
import { alertSettings } from './alertSettings.js';
import { createAskModel } from './askModel.js';
import { BUNDLE_PATH, expectedStamp, STAMP_PATH } from './bundle.js';
import { connectTemporal } from './connectTemporal.js';
import { createLaneProbe } from './laneProbe.js';
import { openEmbedder } from './openEmbedder.js';
import { VERIFIER_PATH } from './verifierPage.js';
import { untilStopped } from './untilStopped.js';

/** Runs the platform's workflows and activities. The workflow bundle is prebuilt and must fit this SDK and these sources. */
if (readFileSync(STAMP_PATH, 'utf8') !== expectedStamp()) {
  throw new Error(`the workflow bundle ${BUNDLE_PATH} is of another build: run npm run build`);
}
Runtime.install({ shutdownSignals: [] });
const { value: config } = loadConfig({ flags: {}, env: process.env, cwd: process.cwd() });
if (config.temporal.address === undefined) throw new Error('TENET_TEMPORAL_ADDRESS is not set');
const platform = await openPlatform({
  database: config.databaseUrl ?? '',
  stateDir: config.stateDir,
  tenant: config.tenant,
});
const stores = createStores(platform);
const connection = await connectTemporal(() =>
  NativeConnection.connect(temporalConnectionOptions(config.temporal, config.temporal.address ?? '')),
);
const worker = await Worker.create({
  connection,
  namespace: config.temporal.namespace,
  taskQueue: PLATFORM_QUEUE,
  workflowBundle: { codePath: BUNDLE_PATH },
  activities: createActivities({
    platform,
    stores,
    embedder: openEmbedder(config, stores.vectors),
    model: liveModelName(config),
    now: () => new Date(),
    availableWithinMs: config.agent.availableWithinMs,
    lanes: createLaneProbe(new Client({ connection, namespace: config.temporal.namespace }), platform.tenant),
    askModel: createAskModel(config),
    alerts: alertSettings(config),
    productionsDir: join(config.stateDir, 'productions'),
    verifierFile: VERIFIER_PATH,
  }),
  maxConcurrentActivityTaskExecutions: 4,
  maxCachedWorkflows: 200,
  reuseV8Context: true,
  shutdownGraceTime: '20 seconds',
  shutdownForceTime: '30 seconds',
});
const running = worker.run();
process.stdout.write(`ready ${PLATFORM_QUEUE} pid ${process.pid}\n`);
await Promise.race([untilStopped(exitWithParent), running]);
if (worker.getState() === 'RUNNING') worker.shutdown();
await running;
await connection.close();
await platform.close();
