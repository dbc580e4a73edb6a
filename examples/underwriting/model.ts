import OpenAI from 'openai';
import { ghost } from '@tenet-ledger/ghost';

let client: OpenAI | undefined;

/** With a model configured (OPENAI_BASE_URL, OPENAI_API_KEY, UNDERWRITER_MODEL) the reasons are reworded by it, else they stand as drawn. */
export async function writeRationale(reasons: readonly string[]): Promise<readonly string[]> {
  const model = process.env['UNDERWRITER_MODEL'];
  if (model === undefined || model === '') return reasons;
  client ??= ghost.openai(new OpenAI());
  const answer = await client.chat.completions.create({
    model,
    messages: [
      {
        role: 'system',
        content:
          'Restate each line in your own words. Keep every number and name. One line for each line, nothing else.',
      },
      { role: 'user', content: reasons.join('\n') },
    ],
  });
  const lines = (answer.choices[0]?.message.content ?? '').split('\n').map((line) => line.trim());
  const stated = lines.filter((line) => line.length > 0);
  if (stated.length === 0) throw new Error('the model gave no rationale');
  return stated;
}
