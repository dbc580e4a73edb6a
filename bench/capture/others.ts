import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What we are compared with, at the versions that were measured for the design. Not a dependency of anything. */
const PACKAGES = {
  '@langfuse/otel': '5.11.1',
  '@langfuse/tracing': '5.11.1',
  '@opentelemetry/api': '1.9.1',
  '@opentelemetry/exporter-trace-otlp-http': '0.223.1',
  '@opentelemetry/sdk-trace-node': '2.12.0',
};

/** Installs once into a cache below node_modules; undefined where there is no network. */
export function otherSdks(): string | undefined {
  const dir = resolve('node_modules/.cache/bench-capture');
  const manifest = JSON.stringify({ private: true, dependencies: PACKAGES });
  if (existsSync(join(dir, 'node_modules/@langfuse/otel'))) return dir;
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'package.json'), manifest);
  try {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: dir, stdio: 'ignore' });
    return dir;
  } catch {
    return undefined;
  }
}
