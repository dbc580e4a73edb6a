import { expect, test } from 'vitest';
import { createProgress } from '../../src/cli/progress.js';

const ESC = String.fromCharCode(27);

function terminal(): { stream: NodeJS.WriteStream; lines: () => string[] } {
  let text = '';
  const stream = { isTTY: true, columns: 100, write: (chunk: string) => void (text += chunk) };
  return { stream: stream as unknown as NodeJS.WriteStream, lines: () => text.split(`\r${ESC}[2K`).slice(1) };
}

test('the rate counts from when the work starts, not from when the command did, and without what was there', () => {
  let now = 1_000;
  const { stream, lines } = terminal();
  const progress = createProgress('deciding', stream, () => now);
  progress.say('starting Postgres');
  now = 20_000;
  progress.update(400, 1_000);
  now = 21_000;
  progress.update(500, 1_000, 'candidate');
  expect(lines().slice(1)).toEqual(['deciding: 400 of 1,000', 'deciding: 500 of 1,000 (100/s, 5 s left) candidate']);
});
