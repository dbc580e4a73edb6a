import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { openApi, type ApiFixture } from '../api/support.js';
import { testDatabase } from '../support/postgres.js';
import { projectFolder } from './blocks.js';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DocsPlatform {
  readonly api: ApiFixture;
  /** A folder inside the workspace. */
  readonly folder: string;
  /** Runs a program with the environment that the pages speak of: an endpoint, a fresh token, a key file, a spool. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  close(): Promise<void>;
}

/** What `tenet dev` gives a reader: a platform that listens, sequences, and hands out enrolment tokens. */
export async function platformForDocs(name: string): Promise<DocsPlatform> {
  const folder = projectFolder(name);
  const database = await testDatabase();
  const api = await openApi(database.db, 'docs');
  const sequencer = api.platform.ledger.startSequencer({ intervalMs: 20 });
  const endpoint = await api.app.listen({ port: 0, host: '127.0.0.1' });
  return {
    api,
    folder: folder.path,
    async run(program, args, env = {}) {
      const { apiKey } = await api.stores.apiKeys.mint({ scopes: ['enrol'], label: name, singleUse: true });
      return ended(program, args, {
        PATH: process.env['PATH'] ?? '',
        TENET_API_URL: endpoint,
        TENET_TOKEN: apiKey,
        TENET_KEY_FILE: join(folder.path, 'quickstart.pem'),
        TENET_SPOOL_DIR: join(folder.path, 'spool'),
        ...env,
      });
    },
    async close() {
      await sequencer.stop();
      await api.app.close();
      await database.drop();
      folder.remove();
    },
  };
}

/** Outcome and grade of every decision of a session. */
export async function decisionsOf({ platform }: ApiFixture, session: string): Promise<[unknown, unknown][]> {
  const { ids } = await platform.ledger.listDecisions({ session, limit: 10 });
  const decisions = await platform.ledger.readDecisions(ids);
  return decisions.map(({ fields }) => [
    fields.get('/decision/outcome'),
    (fields.get('/grade') as { grade?: unknown } | undefined)?.grade,
  ]);
}

function ended(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
  });
}
