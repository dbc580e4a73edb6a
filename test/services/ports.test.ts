import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { assertPortFree, freePort } from '../../src/services/index.js';
import { failureOf } from './fixtures.js';

let server: Server | undefined;
afterEach(() => server?.close());

describe('ports', () => {
  it('a free one can be bound, and 0 is always free', async () => {
    const port = await freePort();
    await assertPortFree({ port, what: 'the API', key: 'api.port' });
    await assertPortFree({ port: 0, what: 'the API', key: 'api.port' });
  });

  it('one that is taken names the port, its owner, the key and what to try', async () => {
    const port = await freePort();
    server = createServer();
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    const error = await failureOf(assertPortFree({ port, what: 'the API', key: 'api.port' }));
    expect(error.code).toBe('services.port_in_use');
    expect(error.message).toMatch(new RegExp(`port ${port} for the API is taken by .+ \\(pid ${process.pid}\\)`));
    expect(error.details.field).toBe('api.port');
    expect(error.details.fix).toContain('set api.port to another port');
  });
});
