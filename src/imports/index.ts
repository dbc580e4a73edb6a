/**
 * Logs of other systems, read into decisions: what each line says, what it does not say (as grade reasons), and what is wrong with it
 * (as problems with their place). Pure apart from reading the file; the ledger is reached through its service.
 * It invents nothing: what a log does not hold is not in the record. Formats: tau-bench trajectories, JSONL and CSV by a mapping
 * file, OpenAI chat completion logs (request and response pairs, batch output), Langfuse trace exports.
 */
export type * from './types.js';
export { cleanJson, cleanText, type Cleaned } from './cleanJson.js';
export { createChainSink, type ChainSink, type ChainSinkDeps } from './chainSink.js';
export { openDoor, type LedgerDoor } from './ledgerDoor.js';
export { remoteDoor, type RemoteDoorDeps } from './remoteDoor.js';
export { entryOf, recordOf, redacted, type EntryContext, type ImportEntry } from './entryOf.js';
export { gradeImport, type GradeFindings } from './gradeImport.js';
export { importedCall, keyOf, type CallParts } from './importedCall.js';
export { createImporter, IMPORT_FORMATS, type Importer, type ImportFormat, type ImportOptions } from './importers.js';
export { ItemError } from './itemError.js';
export { checkMapping, parseMapping, type MappingCheck } from './mapping/checkMapping.js';
export type { Mapping } from './mapping/schema.js';
export { resumeState, type ResumeState } from './resume.js';
export {
  runImport,
  type ImportCounts,
  type ImportResult,
  type ImportRow,
  type ImportRun,
  type ImportSink,
  type Recorded,
} from './runImport.js';
export { openImportFile, type ImportFile } from './sources/openFile.js';
export { readCsv, type CsvOptions } from './sources/csv.js';
export { readJsonArray } from './sources/jsonArray.js';
export { readJsonFile } from './sources/jsonFile.js';
export { readJsonLines } from './sources/jsonLines.js';
export { readLines } from './sources/lines.js';
export { convertLangfuse } from './formats/langfuse.js';
export { convertMapped } from './formats/mapped.js';
export { effectsBy } from './formats/mappedTape.js';
export { convertOpenai } from './formats/openaiLog.js';
export { actionSet, convertTauBench, tauEffect, USER_TOOL } from './formats/tauBench.js';
