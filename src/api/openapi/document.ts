import { z } from 'zod';
import { ERROR_CODES, toProblem, AppError, type ErrorCode } from '../../errors/index.js';
import { schemas, type RouteDoc } from './route.js';

type Schema = Readonly<Record<string, unknown>>;

const PROBLEM = 'application/problem+json';
const SECURITY = 'apiKey';
/** What any door may answer, by whether it takes a key. */
const KEYED: readonly ErrorCode[] = ['auth.missing', 'auth.invalid', 'auth.forbidden', 'api.rate_limited'];
const EVERYWHERE: readonly ErrorCode[] = ['internal', 'db.unavailable'];

/** The OpenAPI 3.1 document of these doors. The same doors give the same bytes. */
export function openApiDocument(routes: readonly RouteDoc[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  const { schemas: components } = z.toJSONSchema(schemas, { ...OPTIONS, uri: refOf });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tenet',
      version,
      summary: 'Records of agent decisions in, evidence and disclosed values out.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    // Relative: the document does not know where it is served.
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(components)
          .map(([name, schema]) => [name, bare(schema as Schema)] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
      securitySchemes: { [SECURITY]: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
    },
  };
}

/** As the sender writes it: what is parsed may be transformed afterwards. */
const OPTIONS = { target: 'draft-2020-12', unrepresentable: 'any', io: 'input' } as const;
const refOf = (id: string): string => `#/components/schemas/${id}`;

function operationOf(route: RouteDoc): Record<string, unknown> {
  const { id, summary, about, scope, body, answer } = route;
  return {
    operationId: id,
    summary,
    description: [about, scopeText(scope)].filter((text) => text !== undefined).join(' '),
    security: scope === null ? [] : [{ [SECURITY]: [] }],
    parameters: parametersOf(route),
    ...(body && {
      requestBody: {
        required: true,
        content: Object.fromEntries(
          Object.entries(body).map(([type, schema]) => [type, { schema: reference(schema) }]),
        ),
      },
    }),
    responses: {
      200: { description: 'done', content: contentOf(answer) },
      ...(answer.later && { 202: { description: 'under way', headers: LOCATION, content: contentOf(answer) } }),
      ...problemsOf(route),
    },
  };
}

const contentOf = ({ type, schema }: RouteDoc['answer']): Record<string, unknown> => ({
  [type ?? 'application/json']: { schema: reference(schema) },
});

const LOCATION = { Location: { description: 'where to ask again', schema: { type: 'string' } } };

function scopeText(scope: RouteDoc['scope']): string {
  if (scope === null) return 'Takes no API key.';
  return scope === 'any' ? 'Takes any API key.' : `Takes an API key with the scope \`${scope}\`.`;
}

function parametersOf({ params, query, discloses }: RouteDoc): Record<string, unknown>[] {
  const list = (schema: z.ZodObject | undefined, where: 'path' | 'query'): Record<string, unknown>[] => {
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = bare(z.toJSONSchema(schema, OPTIONS)) as {
      properties?: Record<string, Schema>;
      required?: readonly string[];
    };
    return Object.entries(properties).map(([name, { description, ...inner }]) => ({
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: inner,
    }));
  };
  const purpose = {
    name: 'X-Purpose',
    in: 'header',
    required: false,
    description: 'what the values are read for; it becomes part of the access entry in the ledger',
    schema: { type: 'string', maxLength: 200 },
  };
  return [...list(params, 'path'), ...list(query, 'query'), ...(discloses ? [purpose] : [])];
}

/** By status, with the codes that tell them apart. */
function problemsOf({ scope, errors }: RouteDoc): Record<string, unknown> {
  const codes = [...new Set([...(scope === null ? [] : KEYED), ...errors, ...EVERYWHERE])];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = toProblem(new AppError(code, ''));
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, own]) => [
      status,
      {
        description: own.map((code) => `\`${code}\`: ${ERROR_CODES[code].about}`).join('; '),
        ...(status === 429 || status === 503 ? { headers: RETRY_AFTER } : {}),
        content: { [PROBLEM]: { schema: { $ref: refOf('Problem') } } },
      },
    ]),
  );
}

const RETRY_AFTER = { 'Retry-After': { description: 'seconds', schema: { type: 'integer', minimum: 1 } } };

function reference(schema: z.ZodType): Schema {
  const name = schemas.get(schema)?.id;
  if (name === undefined) throw new Error('a body or an answer has a schema without a name');
  return { $ref: refOf(name) };
}

function bare({ $schema: _dialect, $id: _name, ...schema }: Schema): Schema {
  return schema;
}
