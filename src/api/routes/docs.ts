import { openApiDocument, type RouteDoc } from '../openapi/index.js';
import { ACCESS_DOCS } from './access.js';
import { BATCHES_DOCS } from './batches.js';
import { DECISION_DOCS } from './decisions.js';
import { ENROL_DOCS } from './enrol.js';
import { GATE_DOCS } from './gates.js';
import { HEALTH_DOCS } from './health.js';
import { KEY_DOCS } from './keys.js';
import { OPENAPI_DOCS } from './openapi.js';
import { OTLP_DOCS } from './otlp.js';
import { PLATFORM_DOCS } from './platform.js';
import { RECORD_DOCS } from './records.js';
import { RESULTS_DOCS } from './results.js';
import { SEARCH_DOCS } from './search.js';
import { SESSION_DOCS } from './sessions.js';
import { START_GATE_DOCS } from './startGate.js';

/** Of the API, not of the program: it moves when a door changes. */
const API_VERSION = '1.0.0';

/** Every door, in the order of the document. */
export const ROUTE_DOCS: readonly RouteDoc[] = [
  ...RECORD_DOCS,
  ...DECISION_DOCS,
  ...SESSION_DOCS,
  ...SEARCH_DOCS,
  ...ACCESS_DOCS,
  ...ENROL_DOCS,
  ...KEY_DOCS,
  ...GATE_DOCS,
  ...START_GATE_DOCS,
  ...BATCHES_DOCS,
  ...RESULTS_DOCS,
  ...OTLP_DOCS,
  ...PLATFORM_DOCS,
  ...OPENAPI_DOCS,
  ...HEALTH_DOCS,
];

export const apiDocument = (): Record<string, unknown> => openApiDocument(ROUTE_DOCS, API_VERSION);
