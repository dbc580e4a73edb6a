import { observe, type CallOutcome } from '../scope.js';
import type { Assembler } from './assemble.js';

/** The client library's promise: it parses the body when, and only when, somebody asks for the parsed answer. */
interface LazyAnswer extends Promise<unknown> {
  parseResponse: (client: unknown, props: unknown) => Promise<unknown>;
  readonly responsePromise: Promise<unknown>;
}

const isLazy = (value: unknown): value is LazyAnswer =>
  value instanceof Promise &&
  typeof (value as Partial<LazyAnswer>).parseResponse === 'function' &&
  (value as Partial<LazyAnswer>).responsePromise instanceof Promise;

/**
 * Reports an answer without asking for it: a body can be read once, and `asResponse()` or `parse()` of the caller must find it. A caller
 * that reads the raw response leaves the call unfinished on the tape.
 */
export function watchAnswer(answer: unknown, outcome: CallOutcome): unknown {
  if (!isLazy(answer)) return answer instanceof Promise ? observe(answer, outcome) : finished(answer, outcome);
  const parse = answer.parseResponse;
  answer.parseResponse = async (client, props) => {
    try {
      const parsed = await parse(client, props);
      outcome.finish(parsed);
      return parsed;
    } catch (error) {
      outcome.fail(error);
      throw error;
    }
  };
  answer.responsePromise.catch((error: unknown) => outcome.fail(error));
  return answer;
}

function finished(answer: unknown, outcome: CallOutcome): unknown {
  outcome.finish(answer);
  return answer;
}

/** The caller gets a stream of its library's own class that reports what went through it. Left early, what came counts. */
export async function watchStream(answer: unknown, outcome: CallOutcome, assembler: Assembler): Promise<unknown> {
  let stream: unknown;
  try {
    stream = await answer;
  } catch (error) {
    outcome.fail(error);
    throw error;
  }
  if (!isStream(stream)) return finished(stream, outcome);
  const source = stream;
  const watched = async function* (): AsyncGenerator<unknown> {
    try {
      for await (const chunk of source) {
        assembler.add(chunk);
        yield chunk;
      }
    } catch (error) {
      outcome.fail(error);
      throw error;
    } finally {
      outcome.finish(assembler.answer());
    }
  };
  const { controller } = source;
  const Library = source.constructor as new (iterator: () => AsyncIterator<unknown>, controller: unknown) => unknown;
  return Library.name === 'Stream' ? new Library(watched, controller) : { controller, [Symbol.asyncIterator]: watched };
}

interface StreamLike extends AsyncIterable<unknown> {
  readonly controller?: unknown;
}

const isStream = (value: unknown): value is StreamLike =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/** A served answer with the methods of the client library's promise; there is no HTTP response behind it. */
export function served(value: Promise<unknown>): Promise<unknown> {
  const noResponse = (): Promise<never> => Promise.reject(new Error('a replayed answer has no HTTP response'));
  const methods = {
    _thenUnwrap: (transform: (value: unknown) => unknown) => served(value.then(transform)),
    withResponse: async () => ({ data: await value, response: undefined, request_id: null }),
    asResponse: noResponse,
  };
  return Object.assign(value, methods);
}
