import type { Alternative, DecisionRecord, Json } from '@tenet-ledger/record';
import type { RecordDraft } from '../delivery/delivery.js';
import type { Redaction } from '../delivery/pipelinePort.js';
import { isoTime } from '../isoTime.js';
import type { TextSnapshot } from '../jsonText.js';
import type { Begun, Intent } from './begun.js';
import type { ModelUse } from './captureRun.js';
import { provenanceOf } from './draft.js';
import type { TapeState } from './tape.js';

/** A decision on its way from one process to the next: what its record would say by now, and what the grade has to know. */
export interface Suspended {
  readonly v: 1;
  readonly id: string;
  readonly agent: string;
  readonly version: string;
  readonly type: string;
  readonly model?: string;
  readonly promptVersion?: string;
  readonly splitInputs?: readonly string[];
  readonly keyed: boolean;
  readonly startedAt: number;
  readonly subject?: string;
  readonly intent: Intent;
  readonly lineage: Readonly<Record<string, Json>>;
  readonly inputs: Json;
  readonly inputNotes: readonly string[];
  readonly inputsKept: boolean;
  readonly steps: readonly string[];
  readonly alternatives: readonly Alternative[];
  readonly tape: TapeState;
  readonly models: readonly ModelUse[];
  readonly untaped: readonly string[];
  readonly parts: number;
  readonly faults: readonly string[];
}

/** Opaque to who keeps it. It leaves the process, so it is redacted as a record is. */
export function tokenOf(begun: Begun, redact: Redaction): string {
  const { spec, run, scope, inputs, intent, subject } = begun;
  const tape = run.tape.state();
  const { record } = redact(draftSoFar(begun)) as RecordDraft;
  const lost = record.grade.reasons.filter((reason) => /^(?:redacted|pseudonyms): /.test(reason));
  const state: Suspended = {
    v: 1,
    id: run.decision,
    agent: spec.name,
    version: spec.version,
    type: spec.type,
    ...(spec.model !== undefined && { model: spec.model }),
    ...(spec.promptVersion !== undefined && { promptVersion: spec.promptVersion }),
    ...(spec.splitInputs !== undefined && { splitInputs: spec.splitInputs }),
    keyed: run.keyed,
    startedAt: begun.startedAt,
    ...(subject !== undefined && { subject }),
    intent: { ...intent, goal: record.intent.goal, constraints: record.intent.constraints },
    lineage: record.provenance.lineage ?? {},
    inputs: record.context.inputs,
    inputNotes: inputs.notes,
    inputsKept: inputs.kept,
    steps: record.reasoning,
    alternatives: record.alternatives,
    tape: { ...tape, entries: record.tape },
    models: run.models,
    untaped: [...run.untaped],
    parts: run.parts,
    faults: [...begun.faults, ...scope.notebook.faults, ...lost],
  };
  return Buffer.from(JSON.stringify(state)).toString('base64url');
}

function draftSoFar({ client, spec, run, scope, inputs, intent, lineage, startedAt }: Begun): RecordDraft {
  const { goal, origin, session, constraints } = intent;
  const record: DecisionRecord = {
    intent: { goal, origin, session, ...(constraints !== undefined && { constraints }) },
    context: { inputs: JSON.parse(inputs.text) as Json },
    reasoning: [...scope.notebook.steps],
    // By way of JSON: they are whatever the agent handed over.
    alternatives: JSON.parse(JSON.stringify(scope.notebook.alternatives)) as Alternative[],
    decision: { outcome: '' },
    provenance: provenanceOf(client, spec, lineage, undefined) as unknown as DecisionRecord['provenance'],
    tape: run.tape.entries(),
    grade: { grade: 'C', reasons: [] },
  };
  return {
    kind: 'decision',
    type: spec.type,
    id: run.decision,
    agent: spec.agent,
    links: [],
    occurredAt: isoTime(startedAt),
    record,
  };
}

/** Throws for what is no token of ours. */
export function readToken(token: string): Suspended {
  const state = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Partial<Suspended> | null;
  const texts = [state?.id, state?.agent, state?.version, state?.type, state?.intent?.session];
  if (state?.v !== 1 || !texts.every((text) => typeof text === 'string') || !Array.isArray(state.tape?.entries))
    throw new TypeError('not a token of ghost.open');
  return state as Suspended;
}

export const inputsOfToken = ({ inputs, inputNotes, inputsKept }: Suspended): TextSnapshot => ({
  text: JSON.stringify(inputs),
  notes: inputNotes,
  kept: inputsKept,
});
