import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Stores } from '../db/index.js';
import type { Platform } from '../platform/index.js';
import { admission } from './admission.js';
import { createDisclosedReads } from '../ledger/index.js';
import { backlog } from './backlog.js';
import { OTLP_TYPES } from '../otel/index.js';
import { readJsonBody, NDJSON, SPOOL, takeBodies } from './body/index.js';
import type { ApiContext } from './context.js';
import { createLogger } from './logger.js';
import { DEFAULT_LIMITS, type ApiOptions } from './options.js';
import { pathOf, useProblems } from './problems.js';
import { RateLimiter } from './rateLimit.js';
import { accessRoute } from './routes/access.js';
import { batchesRoute } from './routes/batches.js';
import { decisionRoutes } from './routes/decisions.js';
import { apiDocument } from './routes/docs.js';
import { enrolRoute } from './routes/enrol.js';
import { gateRoutes } from './routes/gates.js';
import { startGateRoute } from './routes/startGate.js';
import { healthRoutes } from './routes/health.js';
import { keyRoutes } from './routes/keys.js';
import { openApiRoute } from './routes/openapi.js';
import { otlpRoute } from './routes/otlp.js';
import { platformRoute } from './routes/platform.js';
import { recordsRoute } from './routes/records.js';
import { resultsRoute } from './routes/results.js';
import { searchRoute } from './routes/search.js';
import { sessionRoutes } from './routes/sessions.js';

const HEADER_BYTES = 16 * 1024;
const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 60_000;
const CLOSE_WITHIN_MS = 10_000;
const CLOSE_IDLE_EVERY_MS = 50;

/**
 * The HTTP server, not listening yet. It owns neither the platform nor the stores: closing it drains requests for a bounded
 * time and does no more.
 */
export function createApi(platform: Platform, stores: Stores, options: ApiOptions = {}): FastifyInstance {
  const logger: FastifyBaseLogger = options.logger ?? createLogger();
  const context = contextOf(platform, stores, options);
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    requestTimeout: REQUEST_WITHIN_MS,
    http: { maxHeaderSize: HEADER_BYTES, headersTimeout: HEADERS_WITHIN_MS },
    routerOptions: { maxParamLength: 1_000 },
  });
  app.decorateRequest('apiKey', null);
  useProblems(app);
  app.addHook('onResponse', async (request, reply) => {
    const { method } = request;
    const caller = request.apiKey?.ref;
    const line = { method, path: pathOf(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime), caller };
    request.log.debug(line, 'request');
  });
  drainOnClose(app);
  const door = admission(app, context.limits.bodiesAtOnce);
  void app.register(async (scope) => {
    healthRoutes(scope, context);
    openApiRoute(scope, apiDocument);
    platformRoute(scope, context);
    decisionRoutes(scope, context);
    sessionRoutes(scope, context);
    accessRoute(scope, context);
    gateRoutes(scope, context);
  });
  void app.register(async (scope) => {
    takeBodies(scope, [NDJSON, SPOOL]);
    recordsRoute(scope, context, door);
  });
  void app.register(async (scope) => {
    takeBodies(scope, [NDJSON]);
    batchesRoute(scope, context);
    resultsRoute(scope, context, door);
  });
  void app.register(async (scope) => {
    takeBodies(scope, ['application/json'], (bytes) => readJsonBody(bytes, context.limits.depth));
    enrolRoute(scope, context);
    keyRoutes(scope, context);
    searchRoute(scope, context);
    startGateRoute(scope, context);
  });
  void app.register(async (scope) => {
    takeBodies(scope, Object.values(OTLP_TYPES));
    otlpRoute(scope, context, door);
  });
  return app;
}

function contextOf(platform: Platform, stores: Stores, options: ApiOptions): ApiContext {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const now = options.now ?? (() => performance.now());
  return {
    platform,
    stores,
    limits,
    rate: new RateLimiter(limits, now),
    backlog: backlog(platform.ledger, { maxQueued: limits.maxQueued, now }),
    reads: createDisclosedReads(platform.ledger),
    gates: options.gates ?? null,
  };
}

/** A kept-alive connection is closed once its answer is out; a peer that does not read its answer can't hold the process up. */
function drainOnClose(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const { server } = app;
    const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS).unref();
    const late = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS).unref();
    server.once('close', () => {
      clearInterval(idle);
      clearTimeout(late);
    });
  });
}
