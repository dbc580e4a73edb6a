/**
 * Everything a command runs on: the state folder, Postgres, Temporal, the embedder's weights, and our own processes,
 * shared between commands and cleaned up after a kill. It is not the platform on top of them (src/platform) and knows no
 * schema, no workflow and no ledger. See README, "Where things are".
 */
export {
  startServices,
  type PostgresInfo,
  type ServiceName,
  type ServiceProgress,
  type Services,
  type StartOptions,
  type TemporalInfo,
} from './startServices.js';
export { doctor } from './doctor.js';
export type { Finding } from './finding.js';
export type { EmbedderChoice } from './embedder.js';
export { Supervisor, type SupervisedOptions, type SupervisedProcess } from './supervisor.js';
export { exitWithParent } from './exitWithParent.js';
export { cleanOrphans, listOrphans, type Orphan } from './orphans.js';
export { openStateFolder, stateFolderOf, STATE_VERSION, type StateFolder } from './stateFolder.js';
export { assertPortFree, freePort, portOwner } from './ports.js';
export { temporalConnectionOptions, type TemporalConnectionOptions } from './temporalConnection.js';
export { MINILM_PINS } from './weights.js';
export { runCommand, type CommandOptions, type CommandResult } from './runCommand.js';
export { ownPackage } from './packageRoot.js';
