import type { AskModel } from '../activities/index.js';
import type { TenetConfig } from '../src/config/index.js';
import { liveModelName } from '../src/config/index.js';

const TIMEOUT_MS = 20_000;
const MAX_TOKENS = 24;
const LONGEST_ANSWER = 200;

/** The live model as lanes reach it, asked with everything fixed that can be. null where none is configured. */
export function createAskModel(config: TenetConfig): AskModel | null {
  if (liveModelName(config) === null) return null;
  const { baseUrl, apiKey, model } = config.openai;
  return async (prompt) => {
    const { default: OpenAI } = await import('openai');
    const client = new OpenAI({
      baseURL: baseUrl ?? 'https://api.openai.com/v1',
      apiKey: apiKey ?? 'none',
      timeout: TIMEOUT_MS,
      maxRetries: 1,
    });
    const answer = await client.chat.completions.create({
      model,
      temperature: 0,
      seed: 1,
      max_tokens: MAX_TOKENS,
      messages: [{ role: 'user', content: prompt }],
    });
    const text = (answer.choices[0]?.message.content ?? '').trim().slice(0, LONGEST_ANSWER);
    return { text, served: [answer.model, answer.system_fingerprint ?? ''].filter((part) => part !== '').join(' ') };
  };
}
