import type { TenetConfig } from './schema.js';

/**
 * Names what answers live model calls, without credentials: signed into manifests of live lanes and part of what makes two gates
 * the same. It is what is configured; which model an agent asks for is on its tape.
 */
export function liveModelName({ openai: { baseUrl, apiKey, model } }: Pick<TenetConfig, 'openai'>): string | null {
  if (baseUrl === undefined && apiKey === undefined) return null;
  return `${baseUrl === undefined ? 'default endpoint' : new URL(baseUrl).host} ${model}`;
}
