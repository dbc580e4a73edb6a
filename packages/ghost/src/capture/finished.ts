import type { DecisionRecord } from '@tenet-ledger/record';
import type { Client } from '../clientPort.js';
import { Notebook } from '../notebook.js';
import { messageOf, readDecision } from '../readDecision.js';
import { shared } from '../scope.js';
import { snapshot, wellFormed } from '../snapshot.js';
import type { FinishedDecision, RunOptions } from '../types.js';
import { keyedId, subjectTag } from './begun.js';
import { provenanceOf } from './draft.js';

/** Records a decision that was made without the wrapper. Returns its id, or undefined where it could not be recorded. */
export function recordFinished(client: Client, decision: FinishedDecision): string | undefined {
  try {
    return record(client, decision);
  } catch (error) {
    client.problem({ code: 'record.capture', message: messageOf(error) });
    return undefined;
  }
}

function record(client: Client, decision: FinishedDecision): string | undefined {
  const ambient = shared.ambient.getStore() ?? {};
  const session = ambient.session ?? client.session;
  const { agent, version, key } = decision;
  const id = key === undefined ? client.newId() : keyedId(client, { name: agent, version }, session, key);
  const notebook = new Notebook();
  notebook.decide(decision.outcome, { ...(decision.confidence !== undefined && { confidence: decision.confidence }) });
  const read = readDecision(
    {
      reasons: () => decision.reasoning ?? [],
      alternatives: () => decision.alternatives ?? [],
      rules: () => decision.rules ?? [],
    },
    undefined,
    notebook,
  );
  if (read.outcome === null) {
    client.refuse({ code: 'record.no_outcome', message: `${agent}@${version}: no outcome was given`, id });
    return undefined;
  }
  const inputs = snapshot(decision.inputs ?? null);
  const faults: string[] = [];
  const subject = decision.subject === undefined ? undefined : subjectTag(client, decision.subject, faults);
  client.enqueue({
    kind: decision.kind ?? 'decision',
    type: decision.type,
    id,
    agent: `${agent}@${version}`,
    links: decision.links ?? [],
    occurredAt: (decision.occurredAt ?? new Date()).toISOString(),
    ...(subject !== undefined && { subject }),
    record: {
      intent: intentOf(client, decision, ambient, session),
      context: {
        inputs: inputs.value,
        ...(decision.externalVersions && { externalVersions: decision.externalVersions }),
      },
      reasoning: read.reasoning,
      alternatives: read.alternatives,
      decision: {
        outcome: read.outcome,
        ...(read.confidence !== null && { confidence: read.confidence }),
        ...(decision.rules && read.rules && { rules: read.rules }),
      },
      provenance: provenanceOf(
        client,
        { ...decision, name: agent },
        { ...client.lineage, ...ambient.lineage },
        decision.model,
      ) as unknown as DecisionRecord['provenance'],
      tape: decision.tape ?? [],
      grade: gradeOfFinished(decision, [...inputs.notes, ...read.faults.map((fault) => fault.message), ...faults]),
    },
    ...(decision.splitInputs && { splitInputs: decision.splitInputs }),
  });
  return id;
}

function intentOf(
  client: Client,
  decision: FinishedDecision,
  ambient: RunOptions,
  session: string,
): DecisionRecord['intent'] {
  return {
    goal: wellFormed(decision.goal ?? decision.type),
    origin: ambient.origin ?? client.origin,
    session: wellFormed(session),
    ...(ambient.parent !== undefined && { parent: wellFormed(ambient.parent) }),
    ...(ambient.constraints && { constraints: ambient.constraints }),
  };
}

/** Nothing here was seen while it ran, so a tape that is given can be incomplete at best. */
function gradeOfFinished(decision: FinishedDecision, notes: readonly string[]): DecisionRecord['grade'] {
  const outcomeOnly = (decision.tape ?? []).length === 0;
  const reason = outcomeOnly
    ? 'recorded after the fact, without a tape'
    : 'recorded after the fact, with a tape of the caller';
  return { grade: outcomeOnly ? 'D' : 'C', reasons: [reason, ...notes] };
}
