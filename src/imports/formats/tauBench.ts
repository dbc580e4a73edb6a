import { canonicalize, type EffectClass, type Json } from '@tenet-ledger/record';
import { gradeImport } from '../gradeImport.js';
import { hexOf } from '../hexOf.js';
import { brief, ItemError } from '../itemError.js';
import type { Converted, ImportedDecision } from '../types.js';
import { isMap, listOf, readConversation, type Conversation, type ConversationCall } from './conversation.js';

export interface TauBenchOptions {
  readonly agent: string;
  readonly version: string;
  readonly type: string;
  readonly session: string;
  /** The file does not say which model made its trajectories. */
  readonly model?: string;
  /** The file holds no times. RFC 3339 UTC with milliseconds. */
  readonly occurredAt: string;
}

/** What the user says next reaches the agent like the answer of a tool. */
export const USER_TOOL = 'user.reply';
export const TRANSFER = 'transfer_to_human_agents';

const WRITES = /^(book|update|cancel|send|modify|return|exchange|transfer)_/;
const READS = /^(get|list|search|find)_/;

/** By the naming of the benchmark's tools; a name that fits none is unknown, which no replay runs or serves by guess. */
export function tauEffect(tool: string): EffectClass {
  if (tool === 'calculate' || tool === 'think') return 'pure';
  if (READS.test(tool)) return 'read';
  return WRITES.test(tool) ? 'write' : 'unknown';
}

/**
 * One trajectory of tau-bench (`historical_trajectories/*.json`): one run of one task. Runs of a task are trials of one version,
 * told apart by their key. What the agent was asked is the user's first message; what the user was told to want stays out, since
 * the agent did not see it.
 */
export function convertTauBench(value: Json, options: TauBenchOptions): Converted[] {
  const run = isMap(value) ? value : {};
  const task = run['task_id'];
  const messages = run['traj'] ?? run['messages'];
  if (!Array.isArray(messages)) {
    throw new ItemError('/traj', 'not a tau-bench trajectory', {
      expected: 'a list of messages',
      got: brief(messages),
    });
  }
  if (typeof task !== 'number' && typeof task !== 'string') {
    throw new ItemError('/task_id', 'missing', { expected: 'the number of the task', got: brief(task) });
  }
  const trial = typeof run['trial'] === 'number' ? run['trial'] : 0;
  const chat = readConversation(messages, {
    effectOf: tauEffect,
    userTool: USER_TOOL,
    thoughtOf: (name, args) =>
      name === 'think' && isMap(args) && typeof args['thought'] === 'string' ? args['thought'] : null,
    failed: (result) => typeof result === 'string' && result.startsWith('Error'),
  });
  return [{ decision: decisionOf(chat, { task, trial, reward: run['reward'] }, options) }];
}

function decisionOf(
  chat: Conversation,
  { task, trial, reward }: { readonly task: number | string; readonly trial: number; readonly reward: unknown },
  options: TauBenchOptions,
): ImportedDecision {
  const { agent, version, type, session, model, occurredAt } = options;
  return {
    key: `task ${task} trial ${trial}`,
    session,
    agent,
    version,
    type,
    occurredAt,
    goal: 'serve the user by the policy of the domain',
    origin: 'human',
    inputs: { task, request: chat.request ?? '' },
    reasoning: chat.reasoning,
    outcome: actionSet(chat.calls),
    tape: chat.tape,
    ...(model !== undefined && { model }),
    ...(chat.system !== null && { promptVersion: `sha256:${hexOf(chat.system)}` }),
    lineage: { dataset: 'tau-bench', task, trial, ...(typeof reward === 'number' && { reward }) },
    grade: gradeOf(chat, model),
  };
}

function gradeOf(chat: Conversation, model: string | undefined): ImportedDecision['grade'] {
  const unknown = [...new Set(chat.calls.filter(({ effect }) => effect === 'unknown').map(({ name }) => name))];
  return gradeImport('a tau-bench trajectory', {
    outcomeOnly: chat.reasoning.length === 0 && chat.tape.length === 0 ? ['the trajectory holds no step'] : [],
    incomplete: [
      ...(chat.unanswered > 0 ? [`${chat.unanswered} calls have no answer in the log`] : []),
      ...(chat.orphans > 0 ? [`${chat.orphans} answers belong to no call in the log`] : []),
      ...(unknown.length > 0 ? [`effect class unknown: ${unknown.join(', ')}`] : []),
    ],
    altered: [
      model === undefined
        ? 'model not pinned: the file names none (--model)'
        : `model not pinned: ${model} is what --model said`,
      'model requests are not on the tape: a re-run needs a live model',
      'the log holds no times',
      ...chat.notes,
    ],
  });
}

/**
 * What the agent did to the world, as one text: every write that took effect by name and number, and a digest of all their arguments.
 * Two runs that did the same things in another order have the same outcome.
 */
export function actionSet(calls: readonly ConversationCall[]): string {
  const done = calls.filter(({ effect, answered, failed }) => effect === 'write' && answered && !failed);
  const acts = new Set(done.map(({ name, args }) => canonicalize([name, name === TRANSFER ? [] : args])));
  const names = [...acts].map((act) => (JSON.parse(act) as [string])[0]);
  if (acts.size === 0) return 'no_action';
  const counted = [...new Set(names)].sort().map((name) => {
    const times = names.filter((other) => other === name).length;
    return times === 1 ? name : `${name}×${times}`;
  });
  if (names.every((name) => name === TRANSFER)) return TRANSFER;
  return `${counted.join(' + ')} #${hexOf([...acts].sort().join('\n')).slice(0, 8)}`;
}

/** Whether this may be such a file: its items have a task and a list of messages. */
export const looksLikeTauBench = (value: Json): boolean =>
  isMap(value) && 'task_id' in value && listOf(value['traj']).length > 0;
