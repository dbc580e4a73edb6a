import { AppError } from '../errors/index.js';

const DIGEST_DIGITS = 16;
const PART = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const DIGEST = /^[0-9a-f]{64}$/;

/** Task queue of one agent version: activities can't be pinned to a version otherwise. Opaque enough to be stored in the open. */
export function agentQueue(tenant: string, agent: string, digest: string): string {
  const name = agent.split('@', 1)[0] ?? '';
  if (!PART.test(tenant)) throw invalid('/tenant', 'letters, digits, "-" and "_"', tenant);
  if (!NAME.test(name)) throw invalid('/agent', 'letters, digits, ".", "-" and "_"', agent);
  if (!DIGEST.test(digest)) throw invalid('/digest', 'SHA-256 in hex', digest);
  return `agent.${tenant}.${name}.${digest.slice(0, DIGEST_DIGITS)}`;
}

const invalid = (field: string, expected: string, got: string): AppError =>
  new AppError('input.invalid', `no task queue can be named after this ${field.slice(1)}`, { field, expected, got });
