import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createStagePrinter } from '../../src/cli/demo/stagePrinter.js';
import { createOutput } from '../../src/cli/output.js';

const ESC = String.fromCharCode(27);

function stream(isTTY: boolean, columns = 100): { stream: NodeJS.WriteStream; text: () => string } {
  let text = '';
  const made = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      text += chunk;
      done();
    },
  });
  Object.assign(made, { isTTY, columns, getColorDepth: () => 8 });
  return { stream: made as unknown as NodeJS.WriteStream, text: () => text };
}

/** Two stages: one as stated, one not. */
function show(stderr: NodeJS.WriteStream, stdout: NodeJS.WriteStream): void {
  let now = 0;
  const printer = createStagePrinter(createOutput('text', { stdout, stderr }), () => now);
  const first = printer.begin('policy');
  now = 2_500;
  first.fact(
    `workflow local:gate_T25W6S631QZGQ284KH8DJMNCAH · 4 workflows in all, histories of 95 events · 8 activities`,
  );
  first.block([first.screen.paint('bold', 'gate underwriter'), 'what an agent wrote: \u001b[2J\u202e']);
  first.end('underwriter@1.0.0 → underwriter@1.1.0: FAIL');
  const second = printer.begin('sign');
  second.expect(false, '2 verdicts of 3 gates');
  second.end('done');
  printer.recap();
}

beforeAll(() => {
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS']) vi.stubEnv(name, undefined);
});
afterAll(() => vi.unstubAllEnvs());

describe('the lines of the demo', () => {
  test('are coloured on a terminal, and no escape sequence is spelled out there but a recorded one', () => {
    const [stderr, stdout] = [stream(true), stream(false)];
    show(stderr.stream, stdout.stream);
    const text = stderr.text();
    expect(text).toContain(`${ESC}[32m✓${ESC}[39m ${ESC}[1m1 policy`);
    expect(text).toContain(`${ESC}[1mgate underwriter${ESC}[22m`);
    expect(text.match(/\\u001b/g)).toHaveLength(1);
    expect(text).toContain('what an agent wrote: \\u001b[2J\\u202e');
    expect(stdout.text()).toBe('');
  });

  test('are plain in a pipe, whatever stdout is', () => {
    const stderr = stream(false);
    show(stderr.stream, stream(true).stream);
    expect(stderr.text()).not.toContain(ESC);
    expect(stderr.text()).not.toContain('\\u001b[1m');
  });

  test('put the stage first, then what it did, within the width of the screen, and all stages once more at the end', () => {
    const stderr = stream(true, 70);
    show(stderr.stream, stream(false).stream);
    const lines = stripVTControlCharacters(stderr.text()).replaceAll('\r', '').split('\n');
    expect(lines).toEqual([
      '✓ 1 policy       2.5 s  underwriter@1.0.0 → underwriter@1.1.0: FAIL',
      '      workflow local:gate_T25W6S631QZGQ284KH8DJMNCAH · 4 workflows in',
      '        all, histories of 95 events · 8 activities',
      '',
      '      gate underwriter',
      '      what an agent wrote: \\u001b[2J\\u202e',
      '',
      '✗ 2 sign          0 ms  done',
      '      not as stated: 2 verdicts of 3 gates',
      'In short   2.5 s, not every stage came out as stated',
      '✓ 1 policy       2.5 s  underwriter@1.0.0 → underwriter@1.1.0: FAIL',
      '✗ 2 sign          0 ms  done',
      '',
    ]);
  });
});
