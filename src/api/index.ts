/**
 * The HTTP doors of one tenant: records in, key enrolment, replay batches out and results back, health. It authenticates,
 * limits, validates and answers in problem+json; what a record or a result means is decided in the ledger and in replay.
 * It is not a place for state: everything is in the platform and the stores it is given.
 * Specs: RFC 9457 (problem details), NDJSON one object a line.
 */
export { createApi } from './server.js';
export { DEFAULT_LIMITS, type ApiLimits, type ApiOptions } from './options.js';
export { createLogger } from './logger.js';
export { apiDocument, ROUTE_DOCS } from './routes/docs.js';
export { API_KEY_HEADER } from './auth.js';
export { enrolmentMessage } from './routes/enrol.js';
export { registerAgent, type AgentRegistration, type RegisteredAgent } from './registerAgent.js';
