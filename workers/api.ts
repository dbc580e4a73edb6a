import { loadConfig } from '../src/config/index.js';
import { createApi, createLogger } from '../src/api/index.js';
import { createStores } from '../src/db/index.js';
import { openPlatform } from '../src/platform/index.js';
import { createGateStarter } from '../src/runtime/index.js';
import { exitWithParent } from '../src/services/index.js';
import { untilStopped } from './untilStopped.js';

/** The API server and the one sequencer of its tenant. Records are acknowledged here, after commit. */
const SEQUENCER_MS = 50;

const { value: config } = loadConfig({ flags: {}, env: process.env, cwd: process.cwd() });
const logger = createLogger();
const platform = await openPlatform({
  database: config.databaseUrl ?? '',
  stateDir: config.stateDir,
  tenant: config.tenant,
});
const stores = createStores(platform);
const sequencer = platform.ledger.startSequencer({
  intervalMs: SEQUENCER_MS,
  onError: (error) => logger.error({ error }, 'the sequencer could not finish a round'),
});
const { requestsPerSecond, requestBurst: burst, maxQueued, searchCandidates } = config.api;
const limits = { requestsPerSecond, burst, maxQueued, searchCandidates };
const gates = createGateStarter({ platform, stores, config });
const app = createApi(platform, stores, { logger, limits, gates });
const address = await app.listen({ host: config.api.host, port: config.api.port });
process.stdout.write(`ready ${address} pid ${process.pid}\n`);

await untilStopped(exitWithParent);
await app.close();
await gates.close();
await sequencer.stop();
await platform.close();
