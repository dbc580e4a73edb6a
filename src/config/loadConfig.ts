import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { AppError } from '../errors/index.js';
import { CONFIG_FILE, findConfigFile, readConfigFile, type ConfigFile } from './configFile.js';
import { readEnvironment } from './environment.js';
import { CONFIG_KEYS, keyInfo, type ConfigKey, type KeyInfo } from './keys.js';
import { firstProblem } from './problems.js';
import { configSchema, type TenetConfig } from './schema.js';

export interface SourcedValue {
  readonly value: string | number | undefined;
  /** `flag`, `env NAME`, `<file>:<line>` or `default`. */
  readonly source: string;
  readonly secret: boolean;
}

export interface LoadedConfig {
  /** Paths are absolute, everything is validated, nothing can be changed. */
  readonly value: TenetConfig;
  readonly sources: Readonly<Record<ConfigKey, SourcedValue>>;
  readonly file: string | undefined;
}

export interface LoadOptions {
  /** By dotted key; undefined means that the flag was not given. Strings are read like the environment's. */
  readonly flags?: Readonly<Partial<Record<ConfigKey, string | number | undefined>>>;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A file named outright (--config, TENET_CONFIG) instead of the one found upward from the cwd. */
  readonly file?: string;
}

type Tree = Record<string, unknown>;

/** Flags > `TENET_*` and the usual names of others > `tenet.config.yaml` > defaults. Throws `config.invalid`. */
export function loadConfig(options: LoadOptions = {}): LoadedConfig {
  const { env = process.env, cwd = process.cwd(), flags = {} } = options;
  const named = options.file ?? (env['TENET_CONFIG'] || undefined);
  const path = named === undefined ? findConfigFile(cwd) : resolve(cwd, named);
  const file = path === undefined ? undefined : readConfigFile(path);
  const tree: Tree = structuredClone(file?.data ?? {});
  const origin = new Map<string, string>();
  for (const { info, name, value } of readEnvironment(env)) {
    put(tree, info, fromText(info, value), file);
    origin.set(info.key, `env ${name}`);
  }
  for (const [key, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const info = keyInfo(key);
    if (info === undefined)
      throw new AppError('config.invalid', `no such key: ${key}`, { field: key, fix: 'tenet config show' });
    put(tree, info, fromText(info, value), file);
    origin.set(info.key, 'flag');
  }
  const sourceOf = (keys: readonly string[]): string => {
    const set = origin.get(keys.join('.'));
    if (set !== undefined) return set;
    return file !== undefined && get(file.data, keys) !== undefined ? file.where(keys) : 'default';
  };
  const parsed = configSchema.safeParse(tree);
  if (!parsed.success) throw firstProblem(parsed.error.issues, tree, (keys) => where(sourceOf(keys), keys, file));
  const value = withAbsolutePaths(parsed.data, sourceOf, cwd, file);
  refuseContradictions(value, sourceOf);
  return { value: deepFreeze(value), sources: listSources(value, sourceOf), file: file?.file };
}

/** The place to name in an error: an unknown key of the file has no source, but the file has its line. */
function where(source: string, path: readonly string[], file: ConfigFile | undefined): string {
  return source === 'default' ? (file?.where(path) ?? CONFIG_FILE) : source;
}

function fromText(info: KeyInfo, value: string | number): unknown {
  if (info.isList && typeof value === 'string') return fromJson(value);
  return info.isNumber && typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

/** What is no JSON stays a text, which the schema then refuses by the key's name. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function put(tree: Tree, info: KeyInfo, value: unknown, file: ConfigFile | undefined): void {
  let node = tree;
  for (const name of info.path.slice(0, -1)) {
    const inner = (node[name] ??= {});
    if (typeof inner !== 'object') {
      throw new AppError('config.invalid', `${file?.where(info.path) ?? ''} ${name} must hold keys and values`, {
        field: name,
        expected: 'a mapping',
        got: typeof inner,
        fix: `write the keys of ${name} below it, indented`,
      });
    }
    node = inner as Tree;
  }
  node[info.path.at(-1) ?? ''] = value;
}

function get(tree: Readonly<Tree>, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, name) => (node !== null && typeof node === 'object' ? (node as Tree)[name] : undefined),
    tree,
  );
}

/** A path in the file means a place beside the file; `.tenet` by default lies beside it too, else in the cwd. */
function withAbsolutePaths(
  value: TenetConfig,
  sourceOf: (path: readonly string[]) => string,
  cwd: string,
  file: ConfigFile | undefined,
): TenetConfig {
  const result = structuredClone(value);
  for (const info of CONFIG_KEYS) {
    const given = get(result, info.path);
    if (!info.isPath || typeof given !== 'string') continue;
    const source = sourceOf(info.path);
    const fromCaller = source === 'flag' || source.startsWith('env ') || file === undefined;
    const expanded = given.startsWith('~/') ? resolve(homedir(), given.slice(2)) : given;
    put(result, info, resolve(fromCaller ? cwd : dirname(file.file), expanded), file);
  }
  return result;
}

function refuseContradictions(value: TenetConfig, sourceOf: (path: readonly string[]) => string): void {
  const { temporal, embedder, openai } = value;
  const refuse = (key: string, message: string, fix: string): never => {
    throw new AppError('config.invalid', `${sourceOf(key.split('.'))}: ${message}`, { field: key, fix });
  };
  if ((temporal.tlsCert === undefined) !== (temporal.tlsKey === undefined)) {
    const [has, lacks] = temporal.tlsCert === undefined ? ['tlsKey', 'tlsCert'] : ['tlsCert', 'tlsKey'];
    refuse(
      `temporal.${has}`,
      `temporal.${has} is set without temporal.${lacks}`,
      `set temporal.${lacks} too, or neither`,
    );
  }
  if ((openai.pricePrompt === undefined) !== (openai.priceCompletion === undefined)) {
    const [has, lacks] =
      openai.pricePrompt === undefined ? ['priceCompletion', 'pricePrompt'] : ['pricePrompt', 'priceCompletion'];
    refuse(
      `openai.${has}`,
      `openai.${has} is set without openai.${lacks}: a budget would count half of what is spent`,
      `set openai.${lacks} too, if it is free to 0`,
    );
  }
  if (embedder === 'openai' && openai.apiKey === undefined && openai.baseUrl === undefined) {
    refuse(
      'embedder',
      'the openai embedder has no endpoint',
      'set OPENAI_API_KEY or OPENAI_BASE_URL, or embedder: auto',
    );
  }
}

function listSources(value: TenetConfig, sourceOf: (path: readonly string[]) => string): LoadedConfig['sources'] {
  const rows = CONFIG_KEYS.map((info): [ConfigKey, SourcedValue] => [
    info.key,
    { value: shown(get(value, info.path)), source: sourceOf(info.path), secret: info.secret },
  ]);
  return Object.fromEntries(rows) as Record<ConfigKey, SourcedValue>;
}

const shown = (value: unknown): string | number | undefined =>
  Array.isArray(value) ? JSON.stringify(value) : (value as string | number | undefined);

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (inner !== null && typeof inner === 'object') deepFreeze(inner as object);
  return Object.freeze(value);
}
