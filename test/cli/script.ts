/**
 * CLI tests as text. One case:
 *
 *     == what it shows
 *     $ NAME=value tenet gate check bad.yaml
 *     > a line of stdout          ! a line of stderr
 *     >~ a pattern for a line     !~ likewise
 *     > ...                       any lines, or none
 *     = 2
 *
 * Lines are compared exactly and in order; a stream that is not mentioned must stay empty.
 */
export interface ScriptCase {
  readonly title: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdout: readonly Expected[];
  readonly stderr: readonly Expected[];
  readonly exit: number;
}

export type Expected =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'pattern'; readonly text: string }
  | { readonly kind: 'any' };

export function parseScript(text: string, file: string): ScriptCase[] {
  const blocks = text.split(/^== /m).slice(1);
  return blocks.map((block) => {
    const [title = '', ...lines] = block.split('\n');
    const command = lines.find((line) => line.startsWith('$ '));
    const exit = lines.find((line) => line.startsWith('= '));
    if (command === undefined || exit === undefined) throw new Error(`${file}: "${title}" lacks a $ or a = line`);
    const strange = lines.find((line) => line !== '' && !/^(\$ |= |# |[>!]~? |[>!]$)/.test(line));
    if (strange !== undefined) throw new Error(`${file}: "${title}": cannot read ${JSON.stringify(strange)}`);
    const { argv, env } = words(command.slice(2), `${file}: ${title}`);
    return { title, argv, env, stdout: stream(lines, '>'), stderr: stream(lines, '!'), exit: Number(exit.slice(2)) };
  });
}

function words(command: string, where: string): Pick<ScriptCase, 'argv' | 'env'> {
  const list = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
  const at = list.indexOf('tenet');
  if (at < 0) throw new Error(`${where}: the command is not tenet`);
  const env = Object.fromEntries(
    list.slice(0, at).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  return { argv: list.slice(at + 1), env };
}

function stream(lines: readonly string[], sign: '>' | '!'): Expected[] {
  return lines
    .filter((line) => line.startsWith(sign))
    .map((line) => {
      if (line.startsWith(`${sign}~ `)) return { kind: 'pattern', text: line.slice(3) };
      const text = line.slice(2);
      return text === '...' ? { kind: 'any' } : { kind: 'line', text };
    });
}

/** 'as expected', or the first line where the stream goes another way. */
export function matchLines(text: string, expected: readonly Expected[]): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  return walk(lines, 0, expected, 0) ?? 'as expected';
}

function walk(lines: readonly string[], at: number, expected: readonly Expected[], next: number): string | null {
  const want = expected[next];
  if (want === undefined) return at === lines.length ? null : `unexpected: ${lines.slice(at).join('\n')}`;
  if (want.kind === 'any') {
    let last: string | null = null;
    for (let from = at; from <= lines.length; from += 1) {
      last = walk(lines, from, expected, next + 1);
      if (last === null) return null;
    }
    const wanted = expected[next + 1];
    return wanted === undefined || wanted.kind === 'any'
      ? last
      : `nowhere: ${wanted.text}\nin:\n${lines.slice(at).join('\n')}`;
  }
  const line = lines[at];
  const fits =
    line !== undefined &&
    (want.kind === 'line' ? line === want.text : new RegExp(`^(?:${want.text})$`, 'u').test(line));
  return fits ? walk(lines, at + 1, expected, next + 1) : `expected: ${want.text}\n     got: ${line ?? '(the end)'}`;
}
