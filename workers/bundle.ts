import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { buildVerifier } from './verifierPage.js';

/** Prebuilds the workflow bundle, stamped with the exact SDK version and a digest of its sources; a fitting one is kept. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const BUNDLE_PATH = join(root, 'workflow-bundle.js');
export const STAMP_PATH = join(root, 'workflow-bundle.stamp');

export function sdkVersion(): string {
  const require = createRequire(import.meta.url);
  const { version } = require('@temporalio/worker/package.json') as { version: string };
  return version;
}

function sourcesDigest(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(join(root, 'workflows'))
    .filter((file) => file.endsWith('.js'))
    .sort()) {
    hash.update(name).update(readFileSync(join(root, 'workflows', name)));
  }
  return hash.digest('hex');
}

export function expectedStamp(): string {
  return `${sdkVersion()} ${sourcesDigest()}`;
}

export async function buildBundle(): Promise<void> {
  const stamp = expectedStamp();
  if (existsSync(BUNDLE_PATH) && existsSync(STAMP_PATH) && readFileSync(STAMP_PATH, 'utf8') === stamp) return;
  const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error: console.error, log() {} };
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'workflows', 'index.js'), logger: quiet });
  writeFileSync(BUNDLE_PATH, code);
  writeFileSync(STAMP_PATH, stamp);
}

/** The SDK's own bundles, from what tsc left in its dist. */
async function buildGhost(): Promise<void> {
  const script = new URL('../../packages/ghost/bundle.mjs', import.meta.url);
  const { build } = (await import(script.href)) as { build: () => Promise<void> };
  await build();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildGhost();
  await buildVerifier();
  await buildBundle();
}
