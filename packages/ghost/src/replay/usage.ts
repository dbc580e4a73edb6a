import type { LiveModel } from './types.js';

export interface Usage {
  promptTokens: number;
  completionTokens: number;
  cost: number;
}

/** Adds what one answer says of itself: chat completions, responses and embeddings name it differently. */
export function addUsage(total: Usage, answer: unknown, price: LiveModel['price']): void {
  const usage = member(answer, 'usage');
  const prompt = count(member(usage, 'prompt_tokens') ?? member(usage, 'input_tokens'));
  const completion = count(member(usage, 'completion_tokens') ?? member(usage, 'output_tokens'));
  total.promptTokens += prompt;
  total.completionTokens += completion;
  if (price !== undefined) total.cost += (prompt * price.prompt + completion * price.completion) / 1_000_000;
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const count = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
