import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { buildProgram } from '../../src/cli/main.js';

/** The files that CI servers read: what they call is there, and takes what it is given. test/e2e/gateInCi.test.ts runs them. */
const read = <T>(file: string): T => parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')) as T;

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly (Step & { readonly shell?: string })[] };
}

const action = read<Action>('action.yml');
const gitlab = read<Record<string, { readonly script?: readonly string[] }>>('examples/ci/gitlab-ci.yml');
const github = read<{ readonly jobs: { readonly gate: { readonly steps: readonly Step[] } } }>(
  'examples/ci/github-gate.yml',
);

function silenced(command: Command): void {
  command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  command.commands.forEach(silenced);
}

/** Parses as the binary does, and runs nothing. */
async function parses(argv: readonly string[]): Promise<void> {
  const program = buildProgram();
  silenced(program);
  await program.parseAsync([...argv], { from: 'user' });
}

const wordsAfterTenet = (line: string): string[] => {
  const words = line.replaceAll('"', '').trim().split(/\s+/);
  return words.slice(words.indexOf('tenet') + 1).map((word) => word.replace(/\$(POLICY|CANDIDATE|SERVE)/g, 'x'));
};

describe('the GitHub action', () => {
  const [step] = action.runs.steps;

  test('is one composite step whose inputs reach the script as variables only', () => {
    expect(action.runs.using).toBe('composite');
    expect(action.runs.steps).toHaveLength(1);
    expect(step?.shell).toBe('bash');
    expect(step?.run).not.toContain('${{');
    const used = Object.values(step?.env ?? {}).map((text) => /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(text)?.[1]);
    expect([...used].sort()).toEqual(Object.keys(action.inputs).sort());
    for (const name of Object.keys(step?.env ?? {})) expect(step?.run).toContain(`$${name}`);
  });

  test('names only options that the command has', () => {
    const run = buildProgram()
      .commands.find((command) => command.name() === 'gate')
      ?.commands.find((command) => command.name() === 'run');
    const known = run?.options.map(({ long }) => long) ?? [];
    const named = new Set(step?.run?.match(/--[a-z-]+/g) ?? []);
    expect([...named].filter((option) => !known.includes(option))).toEqual([]);
  });

  test('gives what the job example asks for', () => {
    const uses = github.jobs.gate.steps.find((one) => one.uses === './');
    expect(Object.keys(uses?.with ?? {}).filter((name) => !(name in action.inputs))).toEqual([]);
    for (const [name, { required }] of Object.entries(action.inputs))
      if (required === true) expect(uses?.with).toHaveProperty(name);
    const asked = JSON.stringify(github).match(/steps\.gate\.outputs\.[a-z]+/g) ?? [];
    expect(asked.map((text) => text.split('.').at(-1)).filter((name) => !((name ?? '') in action.outputs))).toEqual([]);
  });
});

test('each line of the GitLab example is a command that the command line accepts', async () => {
  const lines = Object.values(gitlab).flatMap(({ script = [] }) => script);
  expect(lines.map((line) => wordsAfterTenet(line).slice(0, 2).join(' '))).toEqual([
    'gate check',
    'gate plan',
    'gate run',
  ]);
  for (const line of lines) await expect(parses(wordsAfterTenet(line)), line).resolves.toBeUndefined();
});
