import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const folder = join(root, 'node_modules', '.cache', `readme-${process.pid}`);
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
const fileOf = (at: number): string => join(folder, `example${at}.mts`);
const block = (): string => blocks[0] ?? '';

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  blocks.forEach((code, at) => writeFileSync(fileOf(at), code));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the README', () => {
  test('its code type-checks under strict', () => {
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: [],
    };
    const program = ts.createProgram(
      blocks.map((_, at) => fileOf(at)),
      options,
    );
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(blocks).toHaveLength(2);
    expect(block()).toContain('ghost.agent');
    expect(problems).toEqual([]);
  }, 60_000);

  test('its two lines run: the wrapped function answers as before, recorded or not', async () => {
    const { outputText } = ts.transpileModule(block(), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const compiled = join(folder, 'example.mjs');
    writeFileSync(compiled, outputText);
    const { decide } = (await import(/* @vite-ignore */ pathToFileURL(compiled).href)) as {
      decide: (application: { id: string; amount: number }) => Promise<{ status: string }>;
    };
    expect(await decide({ id: '1', amount: 100 })).toEqual({ status: 'approve' });
    expect(await decide({ id: '2', amount: 9_000 })).toEqual({ status: 'refer' });
  });

  test('every command it names exists', async () => {
    const { execFileSync } = await import('node:child_process');
    const help = (...args: string[]): string =>
      execFileSync(process.execPath, [join(root, 'bin/tenet.js'), ...args, '--help'], { encoding: 'utf8' });
    for (const [, words = ''] of readme.matchAll(/^ {4}bin\/tenet\.js ([a-z]+(?: [a-z]+)?)/gm)) {
      const path = words.split(' ').filter((word) => word !== 'latest');
      expect(help(...path)).toMatch(new RegExp(`Usage: \\S+ ${path.join(' ')}`));
    }
  }, 30_000);
});
