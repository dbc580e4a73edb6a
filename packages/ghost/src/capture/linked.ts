import type { Field, Json } from '@tenet-ledger/record';
import type { Client } from '../clientPort.js';
import { messageOf } from '../readDecision.js';
import { SDK } from '../sdk.js';
import { currentScope } from '../scope.js';
import { snapshot } from '../snapshot.js';
import type { CorrectionOptions, EffectOptions, LinkedOptions, OverrideOptions } from '../types.js';
import { newUlid } from '../ulid.js';
import { keyedId } from './begun.js';
import type { CaptureRun } from './captureRun.js';

type Kind = 'effect' | 'override' | 'correction';

const PREFIX: Readonly<Record<Kind, string>> = { effect: 'eff_', override: 'ovr_', correction: 'cor_' };
const ID = /^[\x21-\x7e]{1,200}$/;

class Unfit extends Error {}

/** Records that follow a decision (FORMAT, 2.2). Each gives its id, or undefined where it could not be recorded, which is reported. */
export function recordEffect(client: Client, decision: string, of: EffectOptions & LinkedOptions): string | undefined {
  return link(client, 'effect', decision, of, () => ({
    action: needed('action', of.action),
    target: of.target,
    result: oneOf('result', of.result ?? 'success', ['success', 'failure', 'pending']),
    sideEffects: of.sideEffects,
    revertAction: of.revertAction,
    actor: of.actor === undefined ? undefined : oneOf('actor', of.actor, ['agent', 'human']),
    detail: of.detail,
  }));
}

export function recordOverride(
  client: Client,
  decision: string,
  of: OverrideOptions & LinkedOptions,
): string | undefined {
  return link(client, 'override', decision, of, () => {
    const decidedAt = timeOf('decidedAt', of.decidedAt ?? new Date());
    const shownAt = of.shownAt === undefined ? undefined : timeOf('shownAt', of.shownAt);
    return {
      by: needed('by', of.by),
      reason: needed('reason', of.reason),
      outcome: needed('outcome', of.outcome),
      previous: of.previous,
      shownAt,
      decidedAt,
      dwellMs: of.dwellMs === undefined ? dwell(shownAt, decidedAt) : Math.max(0, Math.round(of.dwellMs)),
    };
  });
}

export function recordCorrection(
  client: Client,
  decision: string,
  of: CorrectionOptions & LinkedOptions,
): string | undefined {
  return link(client, 'correction', decision, of, () => {
    const paths = Object.keys(of.fields);
    const bad = paths.find((path) => !/^(?:\/(?:[^~/]|~[01])*)+$/.test(path));
    if (paths.length === 0 || bad !== undefined)
      throw new Unfit(`fields: expected paths such as "/decision/outcome", got ${bad ?? 'none'}`);
    return { reason: needed('reason', of.reason), fields: of.fields, by: of.by };
  });
}

function link(
  client: Client,
  kind: Kind,
  decision: string,
  { type = kind, key, agent }: LinkedOptions,
  read: () => Readonly<Record<string, unknown>>,
): string | undefined {
  // What a replay decides has no consequences.
  const scope = currentScope();
  if (scope?.run.mode === 'replay') return undefined;
  try {
    if (typeof decision !== 'string' || !ID.test(decision)) throw new Unfit('the decision is named by no id');
    const own = key === undefined ? newUlid() : keyedId(client, { name: kind, version: decision }, '', key).slice(4);
    const id = PREFIX[kind] + own;
    client.enqueue({
      kind,
      type,
      id,
      agent: agent ?? agentUnderWay(scope?.run as CaptureRun | undefined),
      links: [{ rel: 'decision', id: decision }],
      occurredAt: new Date().toISOString(),
      fields: fieldsOf(kind, read()),
    });
    return id;
  } catch (error) {
    client.refuse({ code: 'record.invalid', message: `${kind} of ${String(decision)}: ${messageOf(error)}` });
    return undefined;
  }
}

const agentUnderWay = (run: CaptureRun | undefined): string =>
  run === undefined ? SDK.replace('/', '@') : `${run.agent.name}@${run.agent.version}`;

function fieldsOf(kind: Kind, members: Readonly<Record<string, unknown>>): Field[] {
  const fields: Field[] = [];
  for (const [name, member] of Object.entries(members)) {
    if (member === undefined) continue;
    const { value, kept, notes } = snapshot(member);
    if (!kept) throw new Unfit(`${name} ${notes[0] ?? 'not kept'}`);
    fields.push({ path: `/${kind}/${name}`, value: value satisfies Json });
  }
  return fields;
}

function needed(name: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') throw new Unfit(`${name} is missing`);
  return value;
}

function oneOf(name: string, value: string, all: readonly string[]): string {
  if (!all.includes(value)) throw new Unfit(`${name}: expected ${all.join(', ')}, got ${String(value)}`);
  return value;
}

function timeOf(name: string, value: Date | string): string {
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) throw new Unfit(`${name} is not a time`);
  return at.toISOString();
}

const dwell = (shownAt: string | undefined, decidedAt: string): number | undefined =>
  shownAt === undefined ? undefined : Math.max(0, Date.parse(decidedAt) - Date.parse(shownAt));
