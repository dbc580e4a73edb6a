import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { anyJson, named, type RouteDoc } from '../openapi/index.js';

export const OPENAPI_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/api/v1/openapi.json',
    id: 'getOpenApi',
    summary: 'This document, OpenAPI 3.1',
    scope: null,
    answer: { schema: named('OpenApi', z.record(z.string(), anyJson)) },
    errors: [],
  },
];

/** `make` is asked at the first request: most servers never are. */
export function openApiRoute(app: FastifyInstance, make: () => Record<string, unknown>): void {
  let text: string | undefined;
  app.get('/api/v1/openapi.json', { exposeHeadRoute: false }, async (_request, reply) => {
    text ??= JSON.stringify(make());
    return reply.type('application/json').send(text);
  });
}
