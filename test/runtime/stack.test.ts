import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { startStack } from '../../src/runtime/index.js';

it('a fixed API port that is taken names its owner before anything is started', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'tenet-port-'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const { value } = loadConfig({ env: {}, cwd: stateDir, flags: { 'api.port': port, stateDir } });
    await expect(startStack(value)).rejects.toMatchObject({
      code: 'services.port_in_use',
      message: expect.stringContaining(`(pid ${process.pid})`) as string,
      details: { field: 'api.port' },
    });
    expect(existsSync(join(stateDir, 'locks'))).toBe(false);
  } finally {
    server.close();
    rmSync(stateDir, { recursive: true, force: true });
  }
});
