import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import { AppError } from '../errors/index.js';

export interface BodyDoor {
  /** Goes after authentication, so that strangers take no place. */
  readonly admit: onRequestAsyncHookHandler;
}

/**
 * Bounds how many bodies are held at once, so that memory stays within bodiesAtOnce × body limit. Counts from before the
 * body is read until the answer is out or the connection is gone.
 */
export function admission(app: FastifyInstance, atOnce: number): BodyDoor {
  const admitted = new WeakSet<object>();
  let held = 0;
  const leave = (request: object): void => {
    if (admitted.delete(request)) held -= 1;
  };
  app.addHook('onResponse', async (request) => leave(request));
  return {
    admit: async (request, reply) => {
      if (held >= atOnce) throw new AppError('api.busy', `${atOnce} requests are under way`, { retryAfter: 1 });
      held += 1;
      admitted.add(request);
      // A caller that goes away in mid-request never sees an answer, so onResponse alone would leak its place.
      reply.raw.once('close', () => leave(request));
    },
  };
}
