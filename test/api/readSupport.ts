import type { Json } from '@tenet-ledger/record';
import { expect } from 'vitest';
import { ROUTE_DOCS } from '../../src/api/index.js';
import type { ApiScope } from '../../src/db/index.js';
import { ndjson, postNdjson, type ApiFixture, type Producer } from './support.js';

export const newKey = async ({ stores }: ApiFixture, scopes: readonly ApiScope[], fields?: readonly string[]) =>
  (await stores.apiKeys.mint({ scopes, label: scopes.join(' '), ...(fields === undefined ? {} : { fields }) })).apiKey;

export interface Item {
  readonly id: string;
  readonly occurredAt: string;
  readonly runId: string | null;
  readonly fields?: Readonly<Record<string, Json>>;
}
export interface Page {
  readonly items: readonly Item[];
  readonly cursor: string | null;
  readonly search?: { readonly scanned: number; readonly bound: number };
}

/** Calls a door; an answer that is no refusal has to fit the schema that the document shows of it. */
export function caller({ app }: Pick<ApiFixture, 'app'>, apiKey: string, headers: Record<string, string> = {}) {
  const call = async <T>(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object | string) => {
    const response = await app.inject({
      method,
      url,
      headers: {
        'x-api-key': apiKey,
        ...headers,
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(payload === undefined ? {} : { payload }),
    });
    if (response.statusCode === 200) assertDocumented(method, url, response.json());
    return { status: response.statusCode, body: response.json<T>(), headers: response.headers };
  };
  return {
    get: <T>(url: string) => call<T>('GET', url),
    post: <T>(url: string, payload: object | string) => call<T>('POST', url, payload),
    remove: <T>(url: string) => call<T>('DELETE', url),
  };
}

function assertDocumented(method: string, url: string, body: unknown): void {
  const path = url.split('?', 1)[0] ?? '';
  const doc = ROUTE_DOCS.find(
    (route) =>
      route.method === method.toLowerCase() && new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
  );
  if (doc === undefined) throw new Error(`${method} ${path} is not in the document`);
  const parsed = doc.answer.schema.safeParse(body);
  expect(parsed.error?.issues ?? [], `answer of ${method} ${path}`).toEqual([]);
}

export async function record(fixture: ApiFixture, producer: Producer, items: readonly unknown[]): Promise<void> {
  const response = await postNdjson(fixture, '/api/v1/records', producer.apiKey, ndjson(items));
  const { results } = response.json<{ results: { status: string }[] }>();
  expect(results.map(({ status }) => status)).toEqual(items.map(() => 'accepted'));
}

export interface AccessFields {
  readonly by: Json;
  readonly purpose: Json;
  readonly decisions: readonly string[];
  readonly fields: readonly string[];
}

/** Every access entry of the log, oldest first, read from the ledger itself. */
export async function accesses({ platform: { ledger } }: ApiFixture): Promise<AccessFields[]> {
  const { ids } = await ledger.listDecisions({ kind: 'access', limit: 1_000 });
  const views = await ledger.readDecisions(ids.toReversed());
  return views.map(({ fields }) => ({
    by: fields.get('/access/by') ?? null,
    purpose: fields.get('/access/purpose') ?? null,
    decisions: fields.get('/access/decisions') as readonly string[],
    fields: fields.get('/access/fields') as readonly string[],
  }));
}

/** Accesses that `work` caused. */
export async function accessesOf<T>(
  fixture: ApiFixture,
  work: () => Promise<T>,
): Promise<{ made: T; seen: AccessFields[] }> {
  const before = (await accesses(fixture)).length;
  const made = await work();
  return { made, seen: (await accesses(fixture)).slice(before) };
}
