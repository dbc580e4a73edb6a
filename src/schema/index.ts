/**
 * The records a producer may make, as zod schemas: what an import is checked against, what the API's description and the
 * reference page are made from. Not here: how a record is flattened, salted and signed, which is `@tenet-ledger/record`.
 */
export { alternativeSchema, decisionRecordSchema, linkSchema, ruleSchema, tapeEntrySchema } from './decisionRecord.js';
export {
  captureClosedSchema,
  captureDroppedSchema,
  captureSampledSchema,
  correctionSchema,
  effectSchema,
  overrideSchema,
} from './linkedRecords.js';
export { recordReference } from './reference.js';
