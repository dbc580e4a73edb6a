import { CONFIG_KEYS, type ConfigKey } from './keys.js';
import type { LoadedConfig } from './loadConfig.js';

export interface ConfigRow {
  readonly key: ConfigKey;
  /** Ready to print: secrets are masked, an unset key is an empty string. */
  readonly value: string;
  readonly source: string;
  readonly doc: string;
  readonly env: string;
}

const MASK = '********';

/** What `config show` prints. No row ever holds a secret. */
export function describeConfig(loaded: LoadedConfig): ConfigRow[] {
  return CONFIG_KEYS.map(({ key, doc, env }) => {
    const { value, source, secret } = loaded.sources[key];
    return { key, value: secret ? maskSecret(value) : String(value ?? ''), source, doc, env: env.join(', ') };
  });
}

/** An address keeps what helps to recognise it and loses its password and query; anything else is hidden whole. */
export function maskSecret(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'string' || !URL.canParse(value) || !value.includes('://')) return MASK;
  const { protocol, username, password, host, pathname } = new URL(value);
  const user = password === '' ? username : `${username}:${MASK}`;
  return `${protocol}//${user === '' ? '' : `${user}@`}${host}${pathname}`;
}
