/**
 * Configuration of every Tenet process: one strict schema for flags > `TENET_*` > `tenet.config.yaml` > defaults, with
 * the source of each value kept. It is not policy of a gate (src/gate) nor anything that a tenant stores.
 */
export { loadConfig, type LoadedConfig, type LoadOptions, type SourcedValue } from './loadConfig.js';
export { describeConfig, maskSecret, type ConfigRow } from './describeConfig.js';
export { configSchema, DEFAULTS, type TenetConfig } from './schema.js';
export { CONFIG_KEYS, type ConfigKey, type KeyInfo } from './keys.js';
export { environmentFor } from './environment.js';
export { CONFIG_FILE } from './configFile.js';
export { didYouMean, editDistance } from './suggest.js';
export { liveModelName } from './liveModelName.js';
