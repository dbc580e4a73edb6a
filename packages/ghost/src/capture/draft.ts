import type { Json } from '@tenet-ledger/record';
import type { AgentSpec } from '../agentSpec.js';
import type { Client } from '../clientPort.js';
import type { DraftText } from '../delivery/delivery.js';
import { isoTime } from '../isoTime.js';
import { quote, snapshotText } from '../jsonText.js';
import type { ReadDecision } from '../readDecision.js';
import { SDK } from '../sdk.js';
import { wellFormed } from '../snapshot.js';
import type { Begun, Intent } from './begun.js';
import { gradeOf } from './grade.js';

/** A text that may hold anything. */
const text = (value: string): string => quote(wellFormed(value));
const isId = (id: string): boolean => /^[\x21-\x7e]{1,200}$/.test(id);

/**
 * A decision as JSON text, put together from texts that were made when the agent ran: from here on nothing the agent's code does can
 * change it, and no value is gone through twice on the caller's thread.
 */
export function draftText(begun: Begun, read: ReadDecision & { readonly outcome: string }): DraftText {
  const { spec, run, intent, subject } = begun;
  const { parent } = intent;
  const links = parent !== undefined && isId(parent) ? `[{"rel":"parent","id":${quote(parent)}}]` : '[]';
  const { head, tail } = framesOf(spec);
  const json =
    `${head}${quote(run.decision)},"links":${links},"occurredAt":"${isoTime(begun.startedAt)}"` +
    `${subject === undefined ? '' : `,"subject":${quote(subject)}`},"record":{"intent":${intentText(intent)}` +
    `,"context":{"inputs":${begun.inputs.text}},"reasoning":${texts(read.reasoning)}` +
    `,"alternatives":${read.alternatives.length === 0 ? '[]' : JSON.stringify(read.alternatives)}` +
    `,"decision":${decisionText(read)},"provenance":${provenanceText(begun)},"tape":${run.tape.text()}` +
    `,"grade":${gradeText(begun, read)}}${tail}`;
  return { kind: 'decision', type: spec.type, id: run.decision, json };
}

interface Frames {
  readonly head: string;
  readonly tail: string;
}

const frames = new WeakMap<AgentSpec, Frames>();

function framesOf(spec: AgentSpec): Frames {
  const known = frames.get(spec);
  if (known !== undefined) return known;
  const split = spec.splitInputs === undefined ? '' : `,"splitInputs":${JSON.stringify(spec.splitInputs)}`;
  const made = {
    head: `{"kind":"decision","type":${text(spec.type)},"agent":${text(spec.agent)},"id":`,
    tail: `${split}}`,
  };
  frames.set(spec, made);
  return made;
}

const texts = (list: readonly string[]): string => (list.length === 0 ? '[]' : `[${list.map(quote).join(',')}]`);

/** The same from one decision to the next, mostly. */
let lastIntent: { readonly of: Intent; readonly text: string } | undefined;

function intentText(intent: Intent): string {
  const of = lastIntent?.of;
  const known =
    of?.goal === intent.goal &&
    of.session === intent.session &&
    of.origin === intent.origin &&
    of.parent === intent.parent &&
    intent.constraints === undefined &&
    of.constraints === undefined;
  if (!known) lastIntent = { of: intent, text: writeIntent(intent) };
  return lastIntent!.text;
}

function writeIntent({ goal, origin, session, parent, constraints }: Intent): string {
  return (
    `{"goal":${text(goal)},"origin":"${origin}","session":${text(session)}` +
    `${parent === undefined ? '' : `,"parent":${text(parent)}`}` +
    `${constraints === undefined ? '' : `,"constraints":${texts(constraints.map((one) => wellFormed(String(one))))}`}}`
  );
}

function decisionText({ outcome, confidence, rules }: ReadDecision & { readonly outcome: string }): string {
  return (
    `{"outcome":${quote(outcome)}${confidence === null ? '' : `,"confidence":${confidence}`}` +
    `${rules === undefined ? '' : `,"rules":${JSON.stringify(rules)}`}}`
  );
}

interface Provenance {
  readonly client: Client;
  readonly lineage: Begun['lineage'];
  readonly model: string | undefined;
  readonly text: string;
}

const provenances = new WeakMap<AgentSpec, Provenance>();

/** The same from one run of an agent to the next, as long as its model and lineage are. */
function provenanceText({ client, spec, run, lineage }: Begun): string {
  const seen = spec.model ?? run.models.at(-1)?.answered;
  const model = seen === '' ? undefined : seen;
  const known = provenances.get(spec);
  if (known !== undefined && known.client === client && known.lineage === lineage && known.model === model)
    return known.text;
  const made = JSON.stringify(provenanceOf(client, spec, lineage, model));
  provenances.set(spec, { client, lineage, model, text: made });
  return made;
}

export function provenanceOf(
  client: Client,
  of: Pick<AgentSpec, 'name' | 'version' | 'promptVersion' | 'codeDigest'>,
  lineage: Begun['lineage'],
  model: string | undefined,
): { readonly [key: string]: Json } {
  const codeDigest = of.codeDigest ?? client.codeDigest;
  const some = lineage !== undefined && Object.keys(lineage).length > 0;
  return {
    agent: wellFormed(of.name),
    version: wellFormed(of.version),
    ...(codeDigest !== undefined && { codeDigest: wellFormed(codeDigest) }),
    ...(model !== undefined && { model: wellFormed(model) }),
    ...(of.promptVersion !== undefined && { promptVersion: wellFormed(of.promptVersion) }),
    sdk: SDK,
    ...(some && { lineage: JSON.parse(snapshotText(lineage).text) as Json }),
  };
}

function gradeText({ spec, run, inputs, faults, notAlone }: Begun, read: ReadDecision): string {
  const said = faults.length === 0 && read.faults.length === 0 ? faults : [...faults, ...read.faults.map(messageIn)];
  const { grade, reasons } = gradeOf({
    run,
    inputNotes: inputs.notes,
    inputsKept: inputs.kept,
    hasReasoning: read.reasoning.length > 0,
    promptVersion: spec.promptVersion,
    faults: said,
    notAlone,
  });
  return reasons.length === 0
    ? `{"grade":"${grade}","reasons":[]}`
    : `{"grade":"${grade}","reasons":${JSON.stringify(reasons.map(wellFormed))}}`;
}

const messageIn = ({ message }: { readonly message: string }): string => message;
