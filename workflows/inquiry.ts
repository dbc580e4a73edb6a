import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CaseView, StepCall } from '../activities/inquiry/types.js';
import { ensureRun } from './ensureRun.js';
import { causeOf } from './failure.js';
import { inquiryCase, inquiryFailed, inquiryReminder, inquiryReplays, inquiryStep } from './inquiryProxies.js';

export interface InquiryInput {
  readonly tenant: string;
  readonly inquiryId: string;
}

export const inquiryStepUpdate = defineUpdate<CaseView, [StepCall]>('inquiry.step');

/** A case that is over is kept open so long for somebody who reopens it; later the same call begins a new run. */
const LINGER_MS = 60_000;

/**
 * One case from its opening to its end: steps come as Updates, reminders by timers. What the case is stands in Postgres, so the
 * workflow may be lost, restarted or begun anew at any time without the case losing anything.
 */
export async function inquiryWorkflow(input: InquiryInput): Promise<CaseView> {
  const desk = new Desk(input);
  setHandler(inquiryStepUpdate, (call) => desk.take(call), { validator: (call: StepCall) => desk.check(call) });
  const view = await desk.serve();
  await condition(allHandlersFinished);
  if (view === null) return continueAsNew<typeof inquiryWorkflow>(input);
  return view;
}

class Desk {
  #view: CaseView | null = null;
  #busy = false;
  #changes = 0;
  readonly #input: InquiryInput;

  constructor(input: InquiryInput) {
    this.#input = input;
  }

  /** Before anything is written to history: a step that cannot be taken is the caller's to know, not the case's. */
  check({ kind }: StepCall): void {
    if (this.#busy)
      throw refuse('inquiry.state', 'another step of this inquiry is under way', 'wait for it, then ask again');
    const view = this.#view;
    if (view === null || view.allowed.includes(kind)) return;
    throw refuse(
      'inquiry.state',
      `the inquiry is ${view.state}: ${kind} is not possible now`,
      `possible now: ${view.allowed.join(', ')}`,
    );
  }

  async take({ step, kind }: StepCall): Promise<CaseView> {
    await condition(() => this.#view !== null && !this.#busy);
    this.#busy = true;
    try {
      const runs = kind === 'collect' ? await this.#replay(step) : [];
      this.#see(await inquiryStep(step, runs));
    } catch (error) {
      const { code, message, details } = causeOf(error);
      await inquiryFailed(step, code, message);
      throw ApplicationFailure.nonRetryable(message, code, ...details);
    } finally {
      this.#busy = false;
    }
    return this.#now();
  }

  /** The end of the case; null where the history has become long and a new run goes on. */
  async serve(): Promise<CaseView | null> {
    this.#see(await inquiryCase(this.#input.inquiryId));
    for (;;) {
      if (workflowInfo().continueAsNewSuggested) return null;
      const seen = this.#changes;
      const moved = (): boolean => this.#changes !== seen || workflowInfo().continueAsNewSuggested;
      if (this.#now().isOver) {
        if (!(await condition(() => moved() || this.#busy, LINGER_MS)) && !this.#busy) return this.#now();
        await condition(() => !this.#busy);
        continue;
      }
      const next = this.#now().reminders[0];
      const wait = next === undefined ? null : Math.max(1, Date.parse(next.at) - Date.now());
      const woken = wait === null ? await condition(moved).then(() => true) : await condition(moved, wait);
      if (!woken && next !== undefined) await this.#remind(next.id);
    }
  }

  /** Not in the midst of a step: both move the case on. */
  async #remind(id: string): Promise<void> {
    await condition(() => !this.#busy);
    if (this.#now().isOver) return;
    this.#busy = true;
    try {
      this.#see(await inquiryReminder(this.#input.inquiryId, id));
    } finally {
      this.#busy = false;
    }
  }

  async #replay(step: string): Promise<readonly string[]> {
    const runs = await inquiryReplays(step);
    for (const run of runs) {
      const state = await ensureRun(this.#input.tenant, run);
      if (state === null) throw refuse('workflow.failed', `run ${run} is waited for too long`, 'collect again later');
    }
    return runs;
  }

  #see(view: CaseView): void {
    this.#view = view;
    this.#changes += 1;
  }

  #now(): CaseView {
    if (this.#view === null) throw new Error('the case is not read yet');
    return this.#view;
  }
}

const refuse = (code: string, message: string, fix: string): ApplicationFailure =>
  ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [{ fix }] });
