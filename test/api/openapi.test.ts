import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { apiDocument, createApi, createLogger, ROUTE_DOCS } from '../../src/api/index.js';
import { useApi } from './support.js';

const acme = useApi();

describe('the OpenAPI document', () => {
  it('is valid 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(apiDocument()));
    expect([valid, errors, validator.version]).toEqual([true, undefined, '3.1']);
  });

  it('has every door that is registered, and no other', async () => {
    const registered = new Set<string>();
    const app = createApi(acme.platform, acme.stores, { logger: createLogger('silent') });
    app.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') registered.add(`${one} ${url}`);
    });
    await app.ready();
    expect([...registered].sort()).toEqual(
      ROUTE_DOCS.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort(),
    );
    await app.close();
  });

  it('is what the door gives, to anybody', async () => {
    const response = await acme.app.inject({ url: '/api/v1/openapi.json' });
    expect([response.statusCode, response.json()]).toEqual([200, apiDocument()]);
  });

  it('refers to what it holds, names each operation once, and says of each what it takes and may answer', () => {
    const document = apiDocument();
    const { schemas } = document['components'] as { schemas: Record<string, unknown> };
    const text = JSON.stringify(document);
    const referred = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
    expect(new Set(referred)).toEqual(new Set(Object.keys(schemas).map((name) => `#/components/schemas/${name}`)));
    const ids = ROUTE_DOCS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const operation = (document['paths'] as Record<string, Record<string, Record<string, unknown>>>)[
      '/api/v1/decisions'
    ]!['get']!;
    const names = (operation['parameters'] as { name: string; in: string }[]).map(
      ({ name, in: where }) => `${where} ${name}`,
    );
    expect(names).toEqual(expect.arrayContaining(['query outcome', 'query cursor', 'header X-Purpose']));
    expect(Object.keys(operation['responses'] as object)).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '429', '500', '503']),
    );
  });
});
