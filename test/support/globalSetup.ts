import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { migrate, openDatabase } from '../../src/db/index.js';
import { readMigrations } from '../../src/db/migrationFiles.js';
import { startEmbeddedPostgres, type TestServer } from './embeddedPostgres.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers {@link TestPostgres} as JSON; starts the server at the first request. */
    readonly postgresBroker: string;
  }
}

export interface TestPostgres {
  /** May create databases. */
  readonly adminUrl: string;
  /** A migrated database to clone. */
  readonly template: string;
}

/** The server is started only when the first test asks for a database: most rooms need none. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  let server: TestServer | undefined;
  let started: Promise<TestPostgres> | undefined;
  const start = async (): Promise<TestPostgres> => {
    const given = process.env['DATABASE_URL'];
    if (given === undefined) server = await startEmbeddedPostgres();
    const adminUrl = given ?? server?.url ?? '';
    return { adminUrl, template: await createTemplate(adminUrl) };
  };
  const broker = createServer((_, response) => {
    started ??= start();
    started.then(
      (postgres) => response.end(JSON.stringify(postgres)),
      (error: unknown) =>
        response.writeHead(500).end(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
  });
  return new Promise((resolve) => {
    broker.listen(0, '127.0.0.1', () => {
      project.provide('postgresBroker', `http://127.0.0.1:${(broker.address() as AddressInfo).port}/`);
      resolve(async () => {
        broker.close();
        const postgres = await started?.catch(() => undefined);
        if (server) await server.stop();
        else if (postgres) await dropTemplate(postgres);
        const spool = project.config.env['TENET_SPOOL_DIR'];
        if (spool !== undefined) rmSync(spool, { recursive: true, force: true });
      });
    });
  });
}

async function createTemplate(adminUrl: string): Promise<string> {
  const text = readMigrations()
    .map((file) => file.sha256.toString('hex'))
    .join();
  const hash = createHash('sha256').update(`${text} ${process.pid}`).digest('hex').slice(0, 12);
  const template = `tenet_test_template_${hash}`;
  const admin = openDatabase(adminUrl);
  try {
    await admin.sql(`create database ${template}`);
    const db = openDatabase(databaseUrl(adminUrl, template));
    await migrate(db).finally(() => db.close());
  } finally {
    await admin.close();
  }
  return template;
}

async function dropTemplate({ adminUrl, template }: TestPostgres): Promise<void> {
  const admin = openDatabase(adminUrl);
  await admin.sql(`drop database if exists ${template} with (force)`).finally(() => admin.close());
}

export function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.toString();
}
