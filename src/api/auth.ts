import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { ApiKeyBinding, ApiScope } from '../db/index.js';
import { AppError } from '../errors/index.js';
import type { ApiContext } from './context.js';

export const API_KEY_HEADER = 'x-api-key';

/** Any key that is valid, whatever its scopes. */
export const ANY_SCOPE = 'any';

/**
 * Runs before the body is read: a caller without the right key can't make the server hold one. Every request of a valid key
 * counts against its rate, refused ones too.
 */
export function requireScope(
  { stores, rate }: ApiContext,
  scope: ApiScope | typeof ANY_SCOPE,
): onRequestAsyncHookHandler {
  return async (request) => {
    const sent = request.headers[API_KEY_HEADER];
    if (typeof sent !== 'string' || sent === '') {
      throw new AppError('auth.missing', 'this door needs an API key', {
        field: API_KEY_HEADER,
        expected: 'header X-API-Key: tnt_…',
      });
    }
    const binding = await stores.apiKeys.verify(sent);
    if (!binding) {
      throw new AppError('auth.invalid', 'the API key is unknown, used up or expired', {
        field: API_KEY_HEADER,
        fix: 'mint or enrol again',
      });
    }
    request.apiKey = binding;
    rate.take(binding.ref);
    if (scope !== ANY_SCOPE && !binding.scopes.includes(scope)) {
      throw new AppError('auth.forbidden', `the API key has no scope "${scope}"`, {
        field: API_KEY_HEADER,
        expected: scope,
        got: binding.scopes.join(', '),
      });
    }
  };
}

/** The key that `requireScope` found. */
export function callerOf(request: FastifyRequest): ApiKeyBinding {
  if (!request.apiKey) throw new Error('route without requireScope');
  return request.apiKey;
}
