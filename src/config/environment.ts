import { AppError } from '../errors/index.js';
import { CONFIG_KEYS, type KeyInfo } from './keys.js';
import type { TenetConfig } from './schema.js';
import { editDistance } from './suggest.js';

/** `TENET_*` names that are no configuration: tokens and marks that one of our processes hands to another, test data. */
const RESERVED = ['TENET_AGENT_TOKEN', 'TENET_PARENT', 'TENET_SHARED', 'TENET_CONFIG'];

export interface EnvValue {
  readonly info: KeyInfo;
  readonly name: string;
  readonly value: string;
}

/** Every key that the environment sets; an empty variable counts as unset, as in a shell. */
export function readEnvironment(env: NodeJS.ProcessEnv): EnvValue[] {
  refuseTypos(env);
  return CONFIG_KEYS.flatMap((info) => {
    const name = info.env.find((candidate) => (env[candidate] ?? '') !== '');
    return name === undefined ? [] : [{ info, name, value: env[name] ?? '' }];
  });
}

/** Others may own `TENET_*` names, so only one that is a near miss of ours is refused. */
function refuseTypos(env: NodeJS.ProcessEnv): void {
  const known = CONFIG_KEYS.flatMap((info) => info.env);
  for (const name of Object.keys(env)) {
    if (!name.startsWith('TENET_') || known.includes(name) || RESERVED.includes(name)) continue;
    const near = known.find((candidate) => editDistance(candidate, name) <= 2);
    if (near === undefined) continue;
    throw new AppError('config.invalid', `unknown environment variable ${name}; did you mean ${near}?`, {
      field: name,
      expected: near,
      got: name,
      fix: `rename it to ${near}, or unset it`,
    });
  }
}

/** The variables that make another process of ours load exactly this configuration, whatever file it finds. */
export function environmentFor(config: TenetConfig): Record<string, string> {
  return Object.fromEntries(
    CONFIG_KEYS.flatMap(({ path, env: [name = ''] }): [string, string][] => {
      const value = path.reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], config);
      if (Array.isArray(value)) return value.length === 0 ? [] : [[name, JSON.stringify(value)]];
      return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
    }),
  );
}
