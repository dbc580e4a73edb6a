import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as record from '@tenet-ledger/record';
import { formatBundle, parsePolicy } from '@tenet-ledger/record';
import { exampleRecord, TestLog } from './support.js';

const root = resolve(import.meta.dirname, '../..');
const folder = resolve(root, 'packages/record/src');
const sources = readdirSync(folder).map((name) => [name, readFileSync(resolve(folder, name), 'utf8')] as const);

describe('the package', () => {
  it('imports its own files and noble, nothing else', () => {
    expect(sources.length).toBeGreaterThan(20);
    const imported = sources.flatMap(([, text]) => [...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name!));
    const foreign = new Set(imported.filter((name) => !name.startsWith('./')));
    expect([...foreign].sort()).toEqual(['@noble/ed25519', '@noble/hashes/sha2.js']);
    expect(sources.filter(([, text]) => /\bimport\(|\brequire\(/.test(text))).toEqual([]);
  });

  it('reads no clock, no randomness and no global of Node', () => {
    const odd = /\b(?:process|Buffer|Date\.now|Math\.random|crypto|globalThis|setTimeout|fetch|console)\b/;
    const code = sources.map(([name, text]) => [name, text.replace(/\/\*\*?[^]*?\*\/|\/\/.*/g, '')] as const);
    expect(code.filter(([, text]) => odd.test(text)).map(([name]) => name)).toEqual([]);
  });
});

describe('the README', () => {
  const readme = readFileSync(resolve(root, 'packages/record/README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code!);

  it('holds code that compiles', () => {
    const name = (i: number): string => resolve(root, `test/record/readme${i}.ts`);
    const files = new Map(blocks.map((code, i) => [name(i), code]));
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ['node'],
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      paths: { '@tenet-ledger/record': [resolve(folder, 'index.ts')] },
    };
    const base = ts.createCompilerHost(options);
    const host: ts.CompilerHost = {
      ...base,
      fileExists: (path) => files.has(path) || base.fileExists(path),
      readFile: (path) => files.get(path) ?? base.readFile(path),
      getSourceFile: (path, version, ...rest) =>
        files.has(path)
          ? ts.createSourceFile(path, files.get(path)!, version)
          : base.getSourceFile(path, version, ...rest),
    };
    const program = ts.createProgram([...files.keys()], options, host);
    const problems = [...files.keys()].flatMap((path) => [
      ...program.getSyntacticDiagnostics(program.getSourceFile(path)),
      ...program.getSemanticDiagnostics(program.getSourceFile(path)),
    ]);
    expect(problems.map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, '\n'))).toEqual([]);
    expect(blocks).toHaveLength(2);
  });

  it('verifies a bundle and writes a record as it says', () => {
    const log = new TestLog();
    const added = log.key('add', log.producer, 'producer');
    const bundle = formatBundle(log.bundle(log.decision('dec_1'), [added]));
    const files: Record<string, string> = { 'auditor.policy': log.policyText(), 'bundle.json': bundle };
    const lines: string[] = [];
    const run = (code: string, result: string): unknown => {
      const body = ts
        .transpile(code, { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext })
        .replace(/^import .*$/gm, '')
        .concat(`;return ${result};`);
      const names = Object.keys(record);
      const values = Object.values(record) as unknown[];
      const fake = { log: (...words: unknown[]) => lines.push(words.join(' ')) };
      const compiled = compileFunction(body, [...names, 'readFileSync', 'console']) as (...given: unknown[]) => unknown;
      return compiled(...values, (name: string) => files[name], fake);
    };
    run(blocks[0]!, 'verdict');
    expect(lines[0]).toBe('SELF-ATTESTED');
    expect(lines.join('\n')).toContain('pass record signature (joint Ed25519 rule)');
    const write = run(blocks[1]!, 'write') as (
      of: typeof exampleRecord,
      key: Uint8Array,
    ) => { leaf: string; disclosures: string[] };
    const written = write(exampleRecord, new Uint8Array(32).fill(3));
    expect(record.readLeaf(written.leaf).entry.id).toBe('dec_1');
    expect(written.disclosures).toHaveLength(15);
    expect(parsePolicy(log.policyText()).logs).toHaveLength(1);
  });
});
