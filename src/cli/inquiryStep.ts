import type { Command } from 'commander';
import type { InquiryCase, StepKind } from '../inquiry/index.js';
import type { Person } from '../people/index.js';
import type { Stack } from '../runtime/index.js';
import { asCalled } from './called.js';
import { openContext, type CommandContext } from './context.js';
import { interruptible, unlessAborted } from './interrupt.js';
import { requirePerson } from './person.js';
import { createProgress } from './progress.js';
import { inquiryLines, stepLines } from './render/inquiry.js';

export interface StepAsked {
  readonly context: CommandContext;
  readonly person: Person;
  readonly stack: Stack;
  readonly inquiry: InquiryCase;
}

/** A case by id; `latest` is the newest. */
export async function inquiryOf({ stores }: Pick<Stack, 'stores'>, id: string): Promise<InquiryCase> {
  const found = id === 'latest' ? (await stores.inquiries.list(1))[0] : await stores.inquiries.get(id);
  if (found !== undefined && found !== null) return found;
  const { AppError } = await import('../errors/index.js');
  const known = (await stores.inquiries.list(5)).map((one) => one.id);
  throw new AppError('not_found', `there is no inquiry ${id}`, {
    field: 'INQUIRY',
    got: id,
    ...(known.length > 0 ? { expected: `one of ${known.join(' ')}` } : {}),
    fix: known.length > 0 ? 'tenet inquiry list' : 'open one: tenet inquiry open --help',
  });
}

/**
 * One step of a case: who asks is authenticated, the wish is stored, the workflow takes it. Broken off by Ctrl-C, the step goes on
 * once a worker is there again, and the same command waits for it.
 */
export async function takeInquiryStep(
  self: Command,
  id: string,
  kind: StepKind,
  bodyOf: (asked: StepAsked) => Promise<unknown>,
  serve: readonly string[] = [],
): Promise<void> {
  const context = await openContext(self);
  const { askStep, parseStep, refusalOf, ROLE_OF } = await import('../inquiry/index.js');
  const { personRef } = await import('../people/index.js');
  const person = await requirePerson(context, ROLE_OF[kind]);
  const after = await withStack(context, async (stack, signal) => {
    for (const file of serve) await stack.serveAgent(file);
    const inquiry = await inquiryOf(stack, id);
    const refused = refusalOf(inquiry.state, kind);
    if (refused !== null) throw refused;
    const body = parseStep(kind, await bodyOf({ context, person, stack, inquiry }));
    const by = personRef(person);
    const { takeStep } = await import('../runtime/index.js');
    const asked = { inquiry: inquiry.id, kind, by, body, rev: inquiry.rev };
    const step = await askStep(stack.stores.inquiries, asked);
    await attended(stack, signal, takeStep(stack.temporal, stack.platform.tenant, step));
    const done = await stack.stores.inquiries.step(step.id);
    return { inquiry: await inquiryOf(stack, inquiry.id), result: done?.result ?? null };
  });
  const { NEXT } = await import('../inquiry/index.js');
  context.output.result(after, () => [
    ...stepLines(kind, after.result, after.inquiry),
    ...inquiryLines(after.inquiry, context.output, new Date()),
  ]);
  context.output.note(asCalled(NEXT[after.inquiry.state]));
}

/** A step under way is waited for as long as somebody works on it. */
async function attended<T>(stack: Stack, signal: AbortSignal, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const alone = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const dead = stack.alive();
      if (dead === null) return;
      const fix = 'read its log, then run the same command again: the step goes on where it stands';
      void import('../errors/index.js').then(({ AppError }) =>
        reject(new AppError('services.process_failed', `${dead} ended while the step was under way`, { fix })),
      );
    }, ALIVE_EVERY_MS);
  });
  return unlessAborted(signal, Promise.race([work, alone])).finally(() => clearInterval(timer));
}

const ALIVE_EVERY_MS = 1_000;

export async function withStack<T>(
  context: CommandContext,
  work: (stack: Stack, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { startStack } = await import('../runtime/index.js');
  const progress = createProgress('inquiry');
  return interruptible(async (signal) => {
    const stack = await startStack(context.config, {
      signal,
      onProgress: ({ message }) => progress.say(message),
      onNotice: (line) => context.output.note(line),
    });
    try {
      return await work(stack, signal);
    } finally {
      progress.end();
      await stack.stop();
    }
  });
}
