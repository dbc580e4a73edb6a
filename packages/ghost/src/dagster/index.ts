/**
 * Dagster Pipes for a Node process: the external half of the protocol, version 0.1.
 *
 * Dagster reads what is written here in a way that fails open: a process that ends silently with 0 has materialised its
 * assets, one line that it can't read stops it reading and the step still succeeds. So everything is checked on this
 * side before it is written, and a process that ends without `close()` ends with a failure. Not here: starting the
 * process, which is `TenetPipesClient` of the Python package dagster-tenet. Specification: dagster_pipes, "PROTOCOL".
 */
export { openDagsterPipes, withDagsterPipes, type DagsterPipes, type OpenOptions } from './session.js';
export type { PipesContext, PipesProvenance, TimeWindow } from './pipesContext.js';
export { PipesError } from './pipesError.js';
export type { AssetCheck, AssetMaterialization, LogLevel, MetadataEntry, MetadataType } from './messages.js';
export { dagsterLineage } from './lineage.js';
