import { deflateSync, inflateSync } from 'node:zlib';
import { PipesError } from './pipesError.js';

export const CONTEXT_VARIABLE = 'DAGSTER_PIPES_CONTEXT';
export const MESSAGES_VARIABLE = 'DAGSTER_PIPES_MESSAGES';

/** A parameter file is small; what inflates beyond this is not one. */
const MAX_PARAM_BYTES = 64 * 1024 * 1024;

export type Params = Readonly<Record<string, unknown>>;

/** base64(zlib(JSON)) */
export function decodeParams(text: string, variable: string): Params {
  let value: unknown;
  try {
    const json = inflateSync(Buffer.from(text, 'base64'), { maxOutputLength: MAX_PARAM_BYTES }).toString('utf8');
    value = JSON.parse(json);
  } catch (cause) {
    throw new PipesError(`${variable} does not hold Dagster's parameters`, { cause });
  }
  if (!isObject(value)) throw new PipesError(`${variable} does not hold Dagster's parameters`);
  return value;
}

export function encodeParams(value: Params): string {
  return deflateSync(JSON.stringify(value)).toString('base64');
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
