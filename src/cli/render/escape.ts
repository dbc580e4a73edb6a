/**
 * Recorded text reaches terminals: what an agent wrote is shown, never obeyed. Control characters (C0, DEL, C1), format
 * characters (bidirectional overrides, zero width, tags), line and paragraph separators and lone surrogates become
 * visible escapes. What is left has one line and moves no cursor.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

export function forTerminal(text: string): string {
  return text.replace(UNSAFE, (char) => (char === '\n' ? '⏎' : char === '\t' ? ' ' : spelled(char)));
}

/** The same text as JSON, with nothing in it that a terminal obeys; any parser reads back the same value. */
export function jsonForTerminal(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, null, indent) ?? 'null';
  return json.replace(UNSAFE, (char) => (char === '\n' ? char : spelled(char)));
}

/** Last gate before a stream, whatever the renderer did: only colour sequences survive, and only where colour is used. */
export function guardLine(line: string, colour: boolean): string {
  if (!colour) return forTerminal(line);
  return line
    .split(SGR)
    .map((part, at) => (at % 2 === 1 ? part : forTerminal(part)))
    .join('');
}

const ESC = String.fromCharCode(27);
/** Select Graphic Rendition (ECMA-48 §8.3.117), captured so that `split` keeps it. */
const SGR = new RegExp(`(${ESC}\\[[0-9;]*m)`, 'u');

function spelled(char: string): string {
  return Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
    '',
  );
}
