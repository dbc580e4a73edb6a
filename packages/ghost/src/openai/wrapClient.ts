import { headOf } from '../capture/tape.js';
import { ReplayRefusal } from '../replayRefusal.js';
import { currentScope, shared, type ModelCall, type ModelEndpoint } from '../scope.js';
import { watchAnswer, watchStream } from './answers.js';
import { chatAssembler, responseAssembler, type Assembler } from './assemble.js';
import type { Json } from '@tenet-ledger/record';

interface Endpoint {
  /** Where the method lies in the client: chat.completions */
  readonly path: readonly string[];
  readonly assembler?: () => Assembler;
  /** What is asked for whatever the caller's library would choose. */
  readonly always?: Readonly<Record<string, Json>>;
}

const ENDPOINTS: readonly Endpoint[] = [
  { path: ['chat', 'completions'], assembler: chatAssembler },
  { path: ['responses'], assembler: responseAssembler },
  // Left to itself the library asks for base64 and decodes whatever comes; servers that ignore it yield garbage vectors.
  { path: ['embeddings'], always: { encoding_format: 'float' } },
];

type Members = Record<PropertyKey, unknown>;
type Create = (this: unknown, body?: unknown, ...rest: unknown[]) => unknown;

/** Tapes chat.completions.create, responses.create and embeddings.create, and what the library builds on them. */
export function wrapOpenAI<T extends object>(client: T): T {
  return wrapLevel(client as Members, [], client as Members) as T;
}

/**
 * One level of the client on the way to an endpoint. The library's helpers (`parse`, `stream`, `runTools`) go through
 * `_client`, which is answered by the wrapped client, so their requests are taped as well.
 */
function wrapLevel(target: Members, path: readonly string[], client: Members): unknown {
  const cache = new Map<PropertyKey, unknown>();
  const endpoint = ENDPOINTS.find((known) => same(known.path, path));
  const make = (name: PropertyKey, value: unknown): unknown => {
    if (path.length > 0 && name === '_client') return wrapOpenAI(client);
    if (endpoint !== undefined && name === 'create') return wrapCreate(endpoint, target, value as Create, client);
    if (path.length === 0 && name === 'withOptions')
      return (options: unknown) => wrapOpenAI(withOptions(client, options as object));
    const deeper = [...path, String(name)];
    const leads = ENDPOINTS.some((known) => same(known.path.slice(0, deeper.length), deeper));
    if (leads && typeof value === 'object' && value !== null) return wrapLevel(value as Members, deeper, client);
    // The client keeps private members: its own methods must not see the proxy as `this`.
    return typeof value === 'function' && path.length === 0 ? (value as Create).bind(target) : value;
  };
  return new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name, target);
      if (cache.has(name)) return cache.get(name);
      const made = make(name, value);
      if (made !== value) cache.set(name, made);
      return made;
    },
  });
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((part, i) => part === b[i]);

function withOptions(client: Members, options: object): Members {
  const { withOptions: make } = client;
  if (typeof make !== 'function')
    throw new TypeError('the client has no withOptions: it can not be pointed at another model endpoint');
  return (make as (options: object) => Members).call(client, options);
}

function wrapCreate(endpoint: Endpoint, target: Members, create: Create, client: Members): Create {
  return function (body, ...rest) {
    const asked = (typeof body === 'object' && body !== null ? body : {}) as Members;
    const full = { ...asked };
    for (const [name, value] of Object.entries(endpoint.always ?? {})) full[name] ??= value;
    const scope = currentScope();
    if (scope === undefined) {
      if (shared.replayProcess !== undefined)
        throw new ReplayRefusal('replay.stray_call', 'a model was called outside a decision');
      return create.call(target, full, ...rest);
    }
    return scope.run.model(
      scope,
      modelCall(endpoint, full, (at) => createAt(endpoint, target, create, client, at).call(full, rest)),
    );
  };
}

interface Bound {
  call(body: unknown, rest: readonly unknown[]): unknown;
}

/** The method itself, or that of a copy of the client which talks to the lane's own endpoint. */
function createAt(
  endpoint: Endpoint,
  target: Members,
  create: Create,
  client: Members,
  at: ModelEndpoint | undefined,
): Bound {
  if (at === undefined) return { call: (body, rest) => create.call(target, body, ...rest) };
  let level: unknown = withOptions(client, { baseURL: at.baseURL, apiKey: at.apiKey });
  for (const name of endpoint.path) level = (level as Members)[name];
  const resource = level as { create: Create };
  return { call: (body, rest) => resource.create(body, ...rest) };
}

function modelCall(endpoint: Endpoint, body: Members, invoke: ModelCall['invoke']): ModelCall {
  const { path, assembler } = endpoint;
  const streamed = body['stream'] === true && assembler !== undefined;
  const name = path.join('.');
  return {
    endpoint: name,
    head: headOf('model', name, 'read'),
    args: body,
    model: typeof body['model'] === 'string' ? body['model'] : '',
    invoke,
    watch: (answer, outcome) => (streamed ? watchStream(answer, outcome, assembler()) : watchAnswer(answer, outcome)),
    streamed,
  };
}
