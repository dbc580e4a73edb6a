import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forTerminal, guardLine, jsonForTerminal } from '../../src/cli/render/escape.js';
import { clip, displayWidth, wrap } from '../../src/cli/render/width.js';
import { createOutput } from '../../src/cli/output.js';

/** What a terminal obeys instead of showing: controls, format characters, separators, halves of a character. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Text as a hostile agent would write it: sequences, overrides and lone surrogates among ordinary words. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;x\u0007',
        '\u009b1m',
        '\r',
        '\n',
        '\u202e',
        '\u2066',
        '\u200b',
        '\u{e0041}',
        '\ud800',
        '\u2028',
      ),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

describe('text of others on a terminal', () => {
  test('nothing that a terminal obeys is left, and it is one line', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(forTerminal(text)).not.toMatch(OBEYED);
      }),
    );
  });

  test('ordinary text is left as it is', () => {
    const text = 'déjà vu: 3 × 4 = 12, 信用 ✓ 🙂 — “quoted”';
    expect(forTerminal(text)).toBe(text);
  });

  test('a line feed is shown, a tab becomes a blank, the rest is spelled', () => {
    expect(forTerminal('a\nb\tc\u001b[31m\u{e0041}')).toBe('a⏎b c\\u001b[31m\\udb40\\udc41');
  });

  test('as JSON it reads back as the same value', () => {
    fc.assert(
      fc.property(hostile, hostile, (key, value) => {
        const json = jsonForTerminal({ [`k${key}`]: [value] }, 2);
        expect(json.replaceAll('\n', '')).not.toMatch(OBEYED);
        expect(JSON.parse(json)).toEqual({ [`k${key}`]: [value] });
      }),
    );
  });

  test('the last gate lets colour through on a terminal, and nothing else', () => {
    expect(guardLine('\u001b[31mred\u001b[39m\u001b[2J', true)).toBe('\u001b[31mred\u001b[39m\\u001b[2J');
    expect(guardLine('\u001b[31mred', false)).toBe('\\u001b[31mred');
    fc.assert(
      fc.property(hostile, (text) => {
        const rest = guardLine(text, true).replace(/\u001b\[[0-9;]*m/gu, '');
        expect(rest).not.toMatch(OBEYED);
      }),
    );
  });

  test('every stream of a command is guarded, whatever a renderer forgot', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const written: string[] = [];
        const stream = {
          isTTY: false,
          write: (chunk: string) => written.push(chunk) > 0,
        } as unknown as NodeJS.WriteStream;
        for (const format of ['text', 'json', 'jsonl'] as const) {
          const output = createOutput(format, { stdout: stream, stderr: stream });
          output.result({ text }, () => [text]);
          output.note(text);
        }
        expect(written.join('').replaceAll('\n', '')).not.toMatch(OBEYED);
      }),
    );
  });

  test('clipped text is never wider than asked for', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 60 }), (text, width) => {
        expect(displayWidth(clip(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  test('wrapping loses no character but the blanks it breaks at, and keeps to the width', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '信', ' ', '🙂', '-'), maxLength: 80 }),
        fc.integer({ min: 4, max: 40 }),
        (text, width) => {
          const lines = wrap(text, width);
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
