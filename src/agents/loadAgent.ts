import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { agentOf } from '@tenet-ledger/ghost/replay';
import { AppError } from '../errors/index.js';

export interface LoadedAgent {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  /** name@version */
  readonly agent: string;
  readonly wrapped: unknown;
}

/** Imports a module and finds its one function wrapped by ghost.agent, whatever its export is called. Runs the module's top level. */
export async function loadAgent(file: string): Promise<LoadedAgent> {
  const path = resolve(file);
  const invalid = (message: string, cause?: unknown): AppError =>
    new AppError(
      'agent.invalid',
      `${path}: ${message}`,
      { field: '--agent', fix: 'export one function wrapped by ghost.agent' },
      { cause },
    );
  if (!existsSync(path)) throw invalid('no such agent module');
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    throw invalid(`the module failed to load: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const [wrapped, ...more] = wrappedExports(module);
  if (wrapped === undefined) throw invalid('it exports no function wrapped by ghost.agent');
  if (more.length > 0) throw invalid(`it exports ${more.length + 1} wrapped functions`);
  const { name, version, type } = agentOf(wrapped)!.options;
  return { name, version, type, agent: `${name}@${version}`, wrapped };
}

/** A default export that is exported by name as well, or a CommonJS module seen through `default`, is one agent. */
function wrappedExports(module: Record<string, unknown>): readonly unknown[] {
  const inner = module['default'];
  const nested: unknown[] = typeof inner === 'object' && inner !== null ? Object.values(inner) : [];
  return [...new Set([...Object.values(module), ...nested].filter((value) => agentOf(value) !== undefined))];
}
