import { createHmac, hash, randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { decisionId, type Json, type Sha256 } from '@tenet-ledger/record';
import type { AgentSpec } from '../agentSpec.js';
import { idleClient } from '../client.js';
import type { Client } from '../clientPort.js';
import { CAPTURED, Notebook } from '../notebook.js';
import { messageOf } from '../readDecision.js';
import { shared, type Scope } from '../scope.js';
import type { TextSnapshot } from '../jsonText.js';
import { wellFormed } from '../snapshot.js';
import type { Origin, RunOptions } from '../types.js';
import { CaptureRun, type RunSources } from './captureRun.js';

/** 53 random bits: what every language can hold exactly. */
const random = (): number => Number(randomBytes(8).readBigUInt64BE() >> 11n) / 2 ** 53;

export const SOURCES: RunSources = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random,
  uuid: () => randomUUID(),
};

export interface Intent {
  readonly goal: string;
  readonly origin: Origin;
  readonly session: string;
  readonly parent: string | undefined;
  readonly constraints: readonly string[] | undefined;
}

/** A decision under way: everything that its record will say beside what the run itself learns. */
export interface Begun {
  readonly client: Client;
  readonly spec: AgentSpec;
  readonly run: CaptureRun;
  readonly scope: Scope;
  readonly inputs: TextSnapshot;
  readonly intent: Intent;
  readonly lineage: Readonly<Record<string, Json>> | undefined;
  /** The subject's tag. */
  readonly subject: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** What could not be read so far. */
  readonly faults: string[];
  /** Why an agent worker can't re-run it by itself, if so. */
  readonly notAlone: string | undefined;
}

export const activeClient = (): Client => shared.client ?? idleClient();

/** The capture run that a decision begun here is part of. */
export const outerRunOf = (outer: Scope | undefined): CaptureRun | undefined =>
  outer?.run.mode === 'capture' && !outer.insideCall ? (outer.run as CaptureRun) : undefined;

export interface BeginParts {
  readonly client: Client;
  readonly spec: AgentSpec;
  readonly outer: CaptureRun | undefined;
  readonly key: string | undefined;
  readonly subject: string | undefined;
  readonly goal: string | undefined;
  readonly inputs: TextSnapshot;
  readonly faults: string[];
  readonly notAlone?: string;
}

export function begin({ client, spec, outer, key, subject, goal, inputs, faults, notAlone }: BeginParts): Begun {
  const ambient = shared.ambient.getStore();
  const session = ambient?.session ?? client.session;
  const id = key === undefined ? client.newId() : keyedId(client, spec, session, key);
  const run = new CaptureRun(id, spec, SOURCES, outer, { keyed: key !== undefined });
  return {
    client,
    spec,
    run,
    scope: { run, notebook: new Notebook(CAPTURED), insideCall: false },
    inputs,
    intent: {
      goal: goal ?? spec.type,
      origin: ambient?.origin ?? client.origin,
      session,
      parent: outer?.decision ?? ambient?.parent,
      constraints: ambient?.constraints,
    },
    lineage: lineageOf(client, ambient),
    subject: subject === undefined ? undefined : subjectTag(client, subject, faults),
    startedAt: Date.now(),
    faults,
    notAlone,
  };
}

function lineageOf(client: Client, ambient: RunOptions | undefined): Begun['lineage'] {
  if (ambient?.lineage === undefined) return client.lineage;
  return { ...client.lineage, ...ambient.lineage };
}

const sha256: Sha256 = Object.assign((data: Uint8Array): Uint8Array => hash('sha256', data, 'buffer'), {
  base64UrlOf: (ascii: string): string => hash('sha256', ascii, 'base64url'),
});

export function keyedId(
  client: Pick<Client, 'tenant'>,
  of: { readonly name: string; readonly version: string },
  session: string,
  key: string,
): string {
  const { name: agent, version } = of;
  return decisionId(
    {
      tenant: client.tenant,
      agent: wellFormed(agent),
      version: wellFormed(version),
      session: wellFormed(session),
      key: wellFormed(key),
    },
    sha256,
  );
}

/** LEDGER: HMAC-SHA-256(tag key, subject id). Without the key nothing about the subject leaves the process. */
export function subjectTag(client: Pick<Client, 'tagKey'>, subject: string, faults: string[]): string | undefined {
  if (client.tagKey !== undefined) return createHmac('sha256', client.tagKey).update(subject).digest('base64url');
  faults.push('no subject tag: no tagKey is configured');
  return undefined;
}

/** What a mapper or the author gives as a text. Other things than texts and numbers would all become "[object Object]", and so one case. */
export function askText(what: 'goal' | 'key' | 'subject', ask: () => unknown, faults: string[]): string | undefined {
  try {
    const value = ask();
    if (typeof value === 'string' || value === undefined || value === null) return value ?? undefined;
    if (typeof value === 'number') return String(value);
    faults.push(`the ${what} mapper gave a ${typeof value}`);
  } catch (error) {
    faults.push(`the ${what} mapper threw: ${messageOf(error)}`);
  }
  return undefined;
}

export function report(error: unknown): void {
  activeClient().problem({ code: 'record.capture', message: messageOf(error) });
}
