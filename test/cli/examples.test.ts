import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/main.js';
import { checkPolicy } from '../../src/gate/index.js';

/** Commands that do something, with the words that call them. */
function leaves(command: Command, path: readonly string[] = []): [string, Command][] {
  const own = command.commands.filter((inner) => inner.name() !== 'help');
  if (own.length === 0) return [[path.join(' '), command]];
  return own.flatMap((inner) => leaves(inner, [...path, inner.name()]));
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (chunk) => (text += chunk) });
  command.outputHelp();
  return text;
}

const examplesOf = (help: string): string[] => [...help.matchAll(/^ {2}\$ (.+)$/gm)].map((match) => match[1] ?? '');

/** The arguments of `NAME=value tenet …`, without comment, redirection and pipe. */
function argumentsOf(example: string): string[] {
  const command = example.split(/\s[#>|]|\s\d>/u)[0] ?? '';
  const words = (command.match(/"[^"]*"|\S+/gu) ?? []).map((word) => word.replace(/^"(.*)"$/u, '$1'));
  return words.slice(words.indexOf('tenet') + 1);
}

/** Parses as the binary does, and runs nothing. */
async function parses(argv: readonly string[]): Promise<void> {
  const program = buildProgram();
  program.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  for (const [, command] of leaves(program)) {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    command.action(() => undefined);
  }
  await program.parseAsync([...argv], { from: 'user' });
}

const all = leaves(buildProgram()).map(([path, command]) => ({ path, examples: examplesOf(helpOf(command)) }));

describe.each(all)('tenet $path', ({ path, examples }) => {
  test('has an example of itself in its help', () => {
    expect(examples.filter((example) => argumentsOf(example).join(' ').startsWith(path))).not.toEqual([]);
  });

  test('has examples that the command line accepts', async () => {
    for (const example of examples) await expect(parses(argumentsOf(example)), example).resolves.toBeUndefined();
  });
});

test('the policy of the example of gate check is valid', () => {
  const [example = ''] = all.find(({ path }) => path === 'gate check')?.examples ?? [];
  const file = argumentsOf(example).at(-1) ?? '';
  const text = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
  expect(checkPolicy(text).problems).toEqual([]);
});
