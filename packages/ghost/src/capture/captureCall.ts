import { randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { decisionId } from '@tenet-ledger/record';
import { idleClient } from '../client.js';
import type { Client } from '../clientPort.js';
import { inputsOf } from '../inputs.js';
import { Notebook } from '../notebook.js';
import { messageOf, readDecision } from '../readDecision.js';
import { isThenable, observe, shared, type Scope } from '../scope.js';
import { snapshot, type Snapshot } from '../snapshot.js';
import type { AgentOptions, AnyFunction, RunOptions } from '../types.js';
import { CaptureRun, type RunSources } from './captureRun.js';
import { buildDraft } from './draft.js';

type Options = AgentOptions<AnyFunction>;

/** 53 random bits: what every language can hold exactly. */
const random = (): number => Number(randomBytes(8).readBigUInt64BE() >> 11n) / 2 ** 53;
const SOURCES: RunSources = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random,
  uuid: () => randomUUID(),
};

interface Open {
  readonly client: Client;
  readonly options: Options;
  readonly run: CaptureRun;
  readonly scope: Scope;
  readonly inputs: Snapshot;
  readonly ambient: RunOptions;
  readonly goal: string;
  readonly subject: string | undefined;
  readonly startedAt: Date;
  readonly notes: string[];
}

/** Runs an agent in a capture run. Whatever goes wrong on our side becomes a problem report; the caller sees its own agent only. */
export function captureCall(options: Options, args: unknown[], outer: Scope | undefined, body: () => unknown): unknown {
  let open: Open;
  try {
    open = begin(options, args, outer);
  } catch (error) {
    report('record.capture', error);
    return body();
  }
  let result: unknown;
  try {
    result = shared.scopes.run(open.scope, body);
  } catch (error) {
    end(open, { error });
    throw error;
  }
  if (isThenable(result)) {
    return observe(
      result,
      (value) => end(open, { value }),
      (error) => end(open, { error }),
    );
  }
  end(open, { value: result });
  return result;
}

function begin(options: Options, args: unknown[], outer: Scope | undefined): Open {
  const client = shared.client ?? idleClient();
  const notes: string[] = [];
  const ask = (what: 'goal' | 'key' | 'subject'): string | undefined => {
    const mapper = options[what] as string | ((...args: unknown[]) => unknown) | undefined;
    try {
      const value = typeof mapper === 'function' ? mapper(...args) : mapper;
      if (typeof value === 'string' || value === undefined || value === null) return value ?? undefined;
      // Other things than text and numbers would all become the same "[object Object]", and so the same decision.
      if (typeof value === 'number') return String(value);
      notes.push(`the ${what} mapper gave a ${typeof value}`);
      return undefined;
    } catch (error) {
      notes.push(`the ${what} mapper threw: ${messageOf(error)}`);
      return undefined;
    }
  };
  const outerRun = outer?.run.mode === 'capture' && !outer.insideCall ? (outer.run as CaptureRun) : undefined;
  const ambient = ambientOf(client, outerRun);
  const key = ask('key');
  const { name: agent, version } = options;
  const session = ambient.session ?? client.session;
  const id = key === undefined ? client.newId() : decisionId({ tenant: client.tenant, agent, version, session, key });
  const run = new CaptureRun(id, SOURCES, outerRun);
  return {
    client,
    options,
    run,
    scope: { run, notebook: new Notebook(), insideCall: false },
    inputs: snapshot(inputsOf(args)),
    ambient: { ...ambient, session },
    goal: ask('goal') ?? options.type,
    subject: ask('subject'),
    startedAt: new Date(),
    notes,
  };
}

function ambientOf(client: Client, outer: CaptureRun | undefined): RunOptions {
  const here = shared.ambient.getStore() ?? {};
  const lineage = { ...client.lineage, ...here.lineage };
  return {
    ...here,
    ...(outer !== undefined && { parent: outer.decision }),
    ...(Object.keys(lineage).length > 0 && { lineage }),
  };
}

type Ending = { readonly value: unknown } | { readonly error: unknown };

function end(open: Open, ending: Ending): void {
  try {
    const { client, options, scope, run } = open;
    const failed = 'error' in ending;
    if (failed) scope.notebook.step(`The agent failed: ${messageOf(ending.error)}`);
    // A run that threw has no result to map; it decided only if it said so itself.
    const read = failed
      ? readDecision({}, undefined, scope.notebook)
      : readDecision(options, ending.value, scope.notebook);
    const outcome = read.outcome ?? (failed ? 'error' : null);
    if (outcome === null) {
      const message = read.faults.find((fault) => fault.layer === 'outcome')?.message ?? 'the agent gave no outcome';
      client.refuse({
        code: 'record.no_outcome',
        message: `${options.name}@${options.version}: ${message}`,
        id: run.decision,
      });
      return;
    }
    const faults = [
      ...open.notes,
      ...read.faults.map((fault) => fault.message),
      ...(failed ? ['the agent threw'] : []),
    ];
    client.enqueue(buildDraft({ ...open, id: run.decision, read: { ...read, outcome }, faults }));
  } catch (error) {
    report('record.capture', error);
  }
}

function report(code: string, error: unknown): void {
  (shared.client ?? idleClient()).problem({ code, message: messageOf(error) });
}
