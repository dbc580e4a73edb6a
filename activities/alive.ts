import { Context } from '@temporalio/activity';

const HEARTBEAT_MS = 3_000;

/**
 * Shows by timer that the worker lives, so that what a dead one had begun is begun again after the heartbeat time-out and not after the
 * activity's whole time. An activity that computes for longer than that time-out has to give up turns of the event loop.
 */
export function alive<A extends unknown[], R>(activity: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    const context = Context.current();
    const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
    try {
      return await activity(...args);
    } finally {
      clearInterval(timer);
    }
  };
}
