import type { LiveModel } from './types.js';

/** Tokens of one answer. */
export interface AnswerUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface Usage {
  promptTokens: number;
  completionTokens: number;
  cost: number;
}

/** What one answer says of itself: chat completions, responses and embeddings name it differently. */
export function usageOf(answer: unknown): AnswerUsage {
  const usage = member(answer, 'usage');
  return {
    promptTokens: count(member(usage, 'prompt_tokens') ?? member(usage, 'input_tokens')),
    completionTokens: count(member(usage, 'completion_tokens') ?? member(usage, 'output_tokens')),
  };
}

export function addUsage(total: Usage, answer: unknown, price: LiveModel['price']): void {
  const { promptTokens, completionTokens } = usageOf(answer);
  total.promptTokens += promptTokens;
  total.completionTokens += completionTokens;
  if (price !== undefined)
    total.cost += (promptTokens * price.prompt + completionTokens * price.completion) / 1_000_000;
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const count = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
