import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { API_SCOPES, type ListedKey } from '../../db/index.js';
import { AppError } from '../../errors/index.js';
import { requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { named, type RouteDoc } from '../openapi/route.js';
import { parseInput } from '../problems.js';
import { instant, pointer } from '../schemas.js';

const BODY_BYTES = 16 * 1024;
/** How long the old key goes on after a rotation: time to bring the new one to where it is used. */
export const DEFAULT_OVERLAP_S = 24 * 60 * 60;
const MAX_OVERLAP_S = 30 * DEFAULT_OVERLAP_S;

const scope = z.enum(API_SCOPES);
const label = z.string().trim().min(1).max(100);
const mintRequest = named(
  'MintKey',
  z.strictObject({
    scopes: z.array(scope).min(1).max(API_SCOPES.length),
    label: label.meta({ description: 'who holds it; access entries name it' }),
    kid: z.string().max(64).optional().meta({ description: 'record key whose records it may post; for `write`' }),
    agent: z.string().max(200).optional().meta({ description: 'name@version; for `replay`' }),
    digest: z.string().max(64).optional().meta({ description: 'of that version’s files; for `replay`' }),
    fields: z.array(pointer).min(1).max(64).optional().meta({ description: 'what it may see; everything without it' }),
    singleUse: z.boolean().optional(),
    expiresAt: instant.optional(),
  }),
);
const rotateRequest = named(
  'RotateKey',
  z.strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(MAX_OVERLAP_S)
      .optional()
      .meta({ description: 'both keys work; one day without it' }),
    expiresAt: instant.optional(),
  }),
);
const minted = named(
  'MintedKey',
  z.strictObject({ apiKey: z.string().meta({ description: 'shown once, here' }), ref: z.string() }),
);
const listed = named(
  'ApiKey',
  z.strictObject({
    ref: z.string().meta({ description: 'names the key in logs and access entries without being one' }),
    label: z.string(),
    scopes: z.array(scope),
    kid: z.string().nullable(),
    agent: z.string().nullable(),
    fields: z.array(z.string()).nullable(),
    singleUse: z.boolean(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    replaces: z.string().nullable(),
  }),
);
const list = named('ApiKeyList', z.strictObject({ keys: z.array(listed) }));
const revoked = named('RevokedKey', z.strictObject({ ref: z.string(), revoked: z.literal(true) }));
const REF = z.strictObject({ ref: z.string().regex(/^[0-9a-f]{12}$/, 'expected the 12 hex digits that `list` shows') });

const JSON_ERRORS = ['input.invalid', 'input.media_type', 'input.too_large', 'input.too_deep'] as const;
export const KEY_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/api/v1/keys',
    id: 'mintKey',
    summary: 'A new API key',
    scope: 'admin',
    body: { 'application/json': mintRequest },
    answer: { schema: minted },
    errors: JSON_ERRORS,
  },
  {
    method: 'get',
    path: '/api/v1/keys',
    id: 'listKeys',
    summary: 'API keys, newest first, without their text; ended ones for 30 days',
    scope: 'admin',
    answer: { schema: list },
    errors: [],
  },
  {
    method: 'post',
    path: '/api/v1/keys/:ref/rotate',
    id: 'rotateKey',
    summary: 'A successor with the same rights; the old key works until the overlap is over',
    scope: 'admin',
    params: REF,
    body: { 'application/json': rotateRequest },
    answer: { schema: minted },
    errors: [...JSON_ERRORS, 'not_found'],
  },
  {
    method: 'delete',
    path: '/api/v1/keys/:ref',
    id: 'revokeKey',
    summary: 'Ends a key within three seconds',
    scope: 'admin',
    params: REF,
    answer: { schema: revoked },
    errors: ['input.invalid', 'not_found'],
  },
];

export function keyRoutes(app: FastifyInstance, context: ApiContext): void {
  const { apiKeys } = context.stores;
  const hooks = { exposeHeadRoute: false, bodyLimit: BODY_BYTES, onRequest: [requireScope(context, 'admin')] };
  app.post('/api/v1/keys', hooks, async (request): Promise<z.output<typeof minted>> => {
    const {
      scopes,
      label: holder,
      kid,
      agent,
      digest,
      fields,
      singleUse,
      expiresAt,
    } = parseInput(mintRequest, request.body);
    return apiKeys.mint({
      scopes,
      label: holder,
      ...(kid === undefined ? {} : { kid }),
      ...(agent === undefined ? {} : { agent }),
      ...(digest === undefined ? {} : { digest }),
      ...(fields === undefined ? {} : { fields }),
      ...(singleUse === undefined ? {} : { singleUse }),
      ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }),
    });
  });
  app.get('/api/v1/keys', hooks, async (): Promise<z.output<typeof list>> => ({
    keys: (await apiKeys.list()).map(listedKey),
  }));
  app.post('/api/v1/keys/:ref/rotate', hooks, async (request): Promise<z.output<typeof minted>> => {
    const { ref } = parseInput(REF, request.params);
    const { overlapSeconds = DEFAULT_OVERLAP_S, expiresAt } = parseInput(rotateRequest, request.body ?? {});
    const key = await apiKeys.rotate(ref, {
      overlapSeconds,
      ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }),
    });
    return key ?? absent('no such key, or it has ended or was rotated before');
  });
  app.delete('/api/v1/keys/:ref', hooks, async (request): Promise<z.output<typeof revoked>> => {
    const { ref } = parseInput(REF, request.params);
    return (await apiKeys.revoke(ref)) ? { ref, revoked: true } : absent('no such key, or it has ended');
  });
}

function absent(message: string): never {
  throw new AppError('not_found', message, { field: '/ref' });
}

export function listedKey({ scopes, fields, createdAt, expiresAt, ...key }: ListedKey): z.output<typeof listed> {
  const { ref, label: holder, kid, agent, singleUse, replaces } = key;
  return {
    ref,
    label: holder,
    scopes: [...scopes],
    kid,
    agent,
    fields: fields && [...fields],
    singleUse,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    replaces,
  };
}
