import diagnostics from 'node:diagnostics_channel';
import { shared } from '../scope.js';
import type { CaptureRun } from './captureRun.js';

/** Hosts remembered per decision; the grade needs one. */
const MAX_HOSTS = 8;

let watching = false;

/** Notices requests and connections that an agent makes past the tape. It sees and never touches them. */
export function watchOutbound(): void {
  if (watching) return;
  watching = true;
  diagnostics.subscribe('undici:request:create', (message) => {
    const { origin } = (message as { request?: { origin?: unknown } }).request ?? {};
    untaped(() => new URL(String(origin)).host);
  });
  diagnostics.subscribe('http.client.request.start', (message) => {
    const { host } = (message as { request?: { host?: unknown } }).request ?? {};
    untaped(() => String(host));
  });
}

function untaped(host: () => string): void {
  const scope = shared.scopes.getStore();
  if (scope === undefined || scope.insideCall || scope.run.mode !== 'capture') return;
  const run = scope.run as CaptureRun;
  if (run.untaped.size >= MAX_HOSTS) return;
  try {
    run.calledUntaped(host());
  } catch {
    run.calledUntaped('an unknown host');
  }
}
