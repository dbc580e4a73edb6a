import { createHmac } from 'node:crypto';
import type { DecisionRecord, Link } from '@tenet-ledger/record';
import type { Client } from '../clientPort.js';
import type { Draft } from '../delivery/delivery.js';
import type { ReadDecision } from '../readDecision.js';
import { SDK } from '../sdk.js';
import { snapshot, wellFormed, type Snapshot } from '../snapshot.js';
import type { AgentOptions, AnyFunction, RunOptions } from '../types.js';
import type { CaptureRun } from './captureRun.js';
import { gradeOf } from './grade.js';

export interface DraftParts {
  readonly id: string;
  readonly client: Client;
  readonly options: AgentOptions<AnyFunction>;
  readonly run: CaptureRun;
  readonly inputs: Snapshot;
  readonly ambient: RunOptions;
  readonly goal: string;
  readonly subject: string | undefined;
  readonly startedAt: Date;
  readonly read: ReadDecision & { readonly outcome: string };
  readonly faults: readonly string[];
}

/** A decision as plain JSON: from here on nothing the agent's code does can change it. */
export function buildDraft(parts: DraftParts): Draft {
  const { client, options, run, inputs, ambient, read } = parts;
  const subject = parts.subject === undefined ? undefined : subjectTag(client, parts.subject);
  const unkeyed = parts.subject !== undefined && subject === undefined;
  const faults = unkeyed ? [...parts.faults, 'no subject tag: no tagKey is configured'] : parts.faults;
  const grade = gradeOf({
    run,
    inputNotes: inputs.notes,
    inputsKept: inputs.kept,
    hasReasoning: read.reasoning.length > 0,
    promptVersion: options.promptVersion,
    faults,
  });
  const record: DecisionRecord = {
    intent: intentOf(parts),
    context: { inputs: inputs.value },
    reasoning: read.reasoning,
    alternatives: read.alternatives,
    decision: {
      outcome: read.outcome,
      ...(read.confidence !== null && { confidence: read.confidence }),
      ...(read.rules !== undefined && { rules: read.rules }),
    },
    provenance: provenanceOf(client, options, ambient, run.models.at(-1)?.answered),
    tape: run.tape.entries,
    grade,
  };
  const links: Link[] = ambient.parent === undefined ? [] : [{ rel: 'parent', id: ambient.parent }];
  return {
    kind: 'decision',
    type: options.type,
    id: parts.id,
    agent: `${options.name}@${options.version}`,
    links: links.filter((link) => /^[\x21-\x7e]{1,200}$/.test(link.id)),
    occurredAt: parts.startedAt.toISOString(),
    ...(subject !== undefined && { subject }),
    record,
    ...(options.splitInputs && { splitInputs: options.splitInputs }),
  };
}

function intentOf({ client, ambient, goal }: DraftParts): DecisionRecord['intent'] {
  return {
    goal: wellFormed(goal),
    origin: ambient.origin ?? client.origin,
    session: wellFormed(ambient.session ?? client.session),
    ...(ambient.parent !== undefined && { parent: wellFormed(ambient.parent) }),
    ...(ambient.constraints !== undefined && {
      constraints: ambient.constraints.map((text) => wellFormed(String(text))),
    }),
  };
}

interface Named {
  readonly name: string;
  readonly version: string;
  readonly model?: string;
  readonly promptVersion?: string;
  readonly codeDigest?: string;
}

export function provenanceOf(
  client: Client,
  named: Named,
  ambient: RunOptions,
  modelSeen?: string,
): DecisionRecord['provenance'] {
  const model = named.model ?? (modelSeen === '' ? undefined : modelSeen);
  const codeDigest = named.codeDigest ?? client.codeDigest;
  const lineage = Object.keys(ambient.lineage ?? {}).length === 0 ? null : snapshot(ambient.lineage).value;
  return {
    agent: named.name,
    version: named.version,
    ...(codeDigest !== undefined && { codeDigest }),
    ...(model !== undefined && { model: wellFormed(model) }),
    ...(named.promptVersion !== undefined && { promptVersion: named.promptVersion }),
    sdk: SDK,
    ...(lineage !== null && { lineage: lineage as NonNullable<DecisionRecord['provenance']['lineage']> }),
  };
}

/** LEDGER: HMAC-SHA-256(tag key, subject id). Without the key nothing about the subject leaves the process. */
export function subjectTag(client: Client, subject: string): string | undefined {
  return client.tagKey === undefined
    ? undefined
    : createHmac('sha256', client.tagKey).update(subject).digest('base64url');
}
