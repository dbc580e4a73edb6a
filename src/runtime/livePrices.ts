import type { TenetConfig } from '../config/index.js';
import { AppError } from '../errors/index.js';

export interface Spending {
  /** Whether model calls of the lane are made or come from the tape. */
  readonly model: 'live' | 'tape';
  readonly maxCost: number | null;
}

/**
 * A limit by cost stops nothing where calls cost nothing. Refused before anything is started, because the alternative is a
 * run that spends without end and says that it cost 0.
 */
export function assertPriced({ openai }: Pick<TenetConfig, 'openai'>, { model, maxCost }: Spending): void {
  if (model !== 'live' || maxCost === null || openai.pricePrompt !== undefined) return;
  throw new AppError('config.invalid', 'a limit by cost needs the price of the live model, and none is configured', {
    field: 'openai.pricePrompt',
    expected: 'openai.pricePrompt and openai.priceCompletion, each for a million tokens',
    got: `a limit of ${maxCost} and no price`,
    fix: 'set TENET_OPENAI_PRICE_PROMPT and TENET_OPENAI_PRICE_COMPLETION, or limit by calls with --max-calls',
  });
}

/** For the agent worker, which counts what its children spend. */
export function priceFlags({ openai }: Pick<TenetConfig, 'openai'>): Record<string, string> {
  const { pricePrompt, priceCompletion } = openai;
  if (pricePrompt === undefined || priceCompletion === undefined) return {};
  return { 'price-prompt': String(pricePrompt), 'price-completion': String(priceCompletion) };
}
