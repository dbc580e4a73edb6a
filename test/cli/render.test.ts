import { describe, expect, test } from 'vitest';
import { explain } from '../../src/cli/explain.js';
import { createOutput } from '../../src/cli/output.js';
import { createProgress } from '../../src/cli/progress.js';
import { exportLines } from '../../src/cli/render/export.js';
import { findingLines } from '../../src/cli/render/findings.js';
import { fsckLines, ledgerStatusLines } from '../../src/cli/render/ledger.js';
import { markDifference, markedLines, markRanges, type Piece } from '../../src/cli/render/marks.js';
import { migrationLines } from '../../src/cli/render/migrations.js';
import { bytes, percent, seconds } from '../../src/cli/render/numbers.js';
import { table } from '../../src/cli/render/table.js';
import { AppError } from '../../src/errors/index.js';
import type { FsckReport } from '../../src/ledger/index.js';
import { plain } from './views.js';

describe('numbers', () => {
  test('a share is never rounded to a 0 % or 100 % that it is not', () => {
    expect([0, 0.0001, 0.023, 0.05, 0.9999, 1].map((share) => percent(share))).toEqual([
      '0 %',
      '< 0.1 %',
      '2.3 %',
      '5 %',
      '> 99.9 %',
      '100 %',
    ]);
  });

  test('times and sizes have the unit a person would choose', () => {
    expect([12, 1400, 61_000, 150_000].map(seconds)).toEqual(['12 ms', '1.4 s', '61 s', '2 min 30 s']);
    expect([12, 2048, 3 * 1024 * 1024].map(bytes)).toEqual(['12 B', '2.0 KB', '3.0 MB']);
  });
});

describe('tables', () => {
  test('line up by what a terminal shows, whatever the script', () => {
    expect(
      table(
        [{ title: 'A' }, { title: 'N', align: 'right' }, { title: 'C' }],
        [
          ['信用', '1', 'x'],
          ['ab', '1,000', 'y'],
        ],
      ),
    ).toEqual(['A         N  C', '信用      1  x', 'ab    1,000  y']);
  });
});

describe('marks', () => {
  const text = (parts: readonly Piece[], side: 'baseline' | 'candidate' = 'candidate'): string =>
    markedLines(parts, side, 200, plain()).join('\n');

  test('of an edit are the words that differ', () => {
    const { baseline, candidate } = markDifference('a term of 24 months', 'a term of 36 months');
    expect([text(baseline, 'baseline'), text(candidate)]).toEqual([
      'a term of [-24-] months',
      'a term of {+36+} months',
    ]);
  });

  test('of another sentence are the whole of it', () => {
    expect(text(markDifference('savings are high', 'the applicant is young').candidate)).toBe(
      '{+the applicant is young+}',
    );
  });

  test('of a stretch over a line end are on both lines', () => {
    expect(markedLines(markRanges('one two three four', [{ from: 4, to: 13 }]), 'candidate', 9, plain())).toEqual([
      'one {+two',
      'three+}',
      'four',
    ]);
  });
});

describe('errors', () => {
  test('say what, where, expected, got and what to do, and nothing that a terminal obeys', () => {
    const error = new AppError('policy.invalid', 'gate.yaml:7:3 unknown key\ngate.yaml:9:1 not valid\u001b[2J', {
      field: 'maxFlipRates',
      expected: 'one of a, b',
      got: '"x"',
      fix: 'tenet gate check gate.yaml',
    });
    expect(explain(error, false)).toEqual([
      'error: gate.yaml:7:3 unknown key  [policy.invalid]',
      '  gate.yaml:9:1 not valid\\u001b[2J',
      '  field     maxFlipRates',
      '  expected  one of a, b',
      '  got       "x"',
      '  fix       tenet gate check gate.yaml',
    ]);
  });

  test('of ours ask for a report', () => {
    expect(explain(new Error('boom'), false)).toEqual([
      'error: boom',
      '  fix       this is a fault of ours: run it again with TENET_DEBUG=1 and report what it prints',
    ]);
  });
});

describe('reports', () => {
  test('doctor puts the fix under its finding', () => {
    expect(
      findingLines(
        [
          { name: 'node', status: 'ok', detail: 'v20.20.2' },
          { name: 'postgres', status: 'fail', detail: 'port 5432 is taken', fix: 'set postgres.port to 0' },
        ],
        plain(),
      ),
    ).toEqual([
      '  ✓ node     v20.20.2',
      '  ✗ postgres port 5432 is taken',
      '             fix: set postgres.port to 0',
      '1 problem to fix first',
    ]);
  });

  test('fsck names each finding and keeps gaps of producers apart from it', () => {
    const counts = { leaves: 1000, tiles: 4, checkpoints: 3, signatures: 1000, disclosures: 12_000 };
    const checked = { ...counts, erased: 1, duplicates: 2 };
    const report: FsckReport = {
      ok: false,
      found: 1,
      size: 1000,
      root: 'AAAA',
      checked,
      findings: [{ reason: 'leaf.edited', index: 412, id: 'dec_X', message: 'the leaf is not the one in the tree' }],
      gaps: [{ producer: 'p-1', kid: 'k', from: 7, to: 9 }],
    };
    expect(fsckLines(report, plain())).toEqual([
      'recomputed 1,000 leaves, 4 tiles, 3 checkpoints, 1,000 signatures, 12,000 disclosures, 1 erased, 2 duplicates beside the tree',
      'size 1,000  root AAAA',
      '  ✗ leaf.edited          leaf 412 dec_X  the leaf is not the one in the tree',
      'Gaps in producers’ numbers (not a fault of the log):',
      '  – p-1 numbers 7 to 9 never arrived',
      'UNSOUND  1 finding   exit 6',
    ]);
  });

  test('a halted ledger is told first', () => {
    const lines = ledgerStatusLines(
      {
        tenant: 'acme',
        origin: 'h/acme/1',
        size: 10,
        checkpointSize: 8,
        headAgeMs: 2500,
        halted: 'signer ahead',
        queued: 2,
        keys: { active: 2, ended: 0, pending: 1 },
        conflicts: 0,
        label: 'SELF-ATTESTED',
        log: 'h/acme',
        vkey: 'h/acme/1+00+AA',
      },
      plain(),
    );
    expect(lines.slice(1, 4)).toEqual([
      'State        HALTED: signer ahead',
      'Tree         10 leaves, 2 queued',
      'Checkpoint   size 8, 2.5 s old',
    ]);
    expect(lines.at(-1)).toBe('next: tenet ledger fsck, and keep the state folder as it is');
  });

  test('pending migrations end in the command that applies them', () => {
    expect(migrationLines({ applied: ['000001_a.sql'], pending: ['000002_b.sql'], newer: [] }, plain())).toEqual([
      '  ✓ 000001_a.sql',
      '  – 000002_b.sql  pending',
      '1 migration pending',
      'next: tenet db migrate',
    ]);
  });

  test('an export says what went into it and how it is verified', () => {
    expect(
      exportLines(
        {
          decision: 'dec_A',
          file: 'b.json',
          bytes: 2048,
          sha256: 'ab',
          disclosed: 3,
          withheld: ['/reasoning/0'],
          related: ['e'],
          rows: 2,
          consistencyFrom: [9],
          since: 'kept',
        },
        plain(),
      ),
    ).toEqual([
      'written b.json  2.0 KB  sha256 ab',
      '3 fields disclosed · 1 withheld (/reasoning/0) · 1 entry beside it · 2 result rows with proofs · consistent since size 9',
      'next: tenet ledger verify b.json --policy auditor.policy --checkpoint kept',
    ]);
  });
});

class FakeStream {
  readonly written: string[] = [];
  columns = 80;
  constructor(readonly isTTY: boolean) {}
  write(chunk: string): boolean {
    this.written.push(chunk);
    return true;
  }
}
const streamOf = (isTTY: boolean) => new FakeStream(isTTY) as unknown as NodeJS.WriteStream & FakeStream;

describe('streams', () => {
  test('colour is for terminals: a pipe gets plain text', () => {
    const pipe = streamOf(false);
    const output = createOutput('text', { stdout: pipe, stderr: pipe });
    output.result(1, () => [output.paint('red', 'plain')]);
    expect(pipe.written).toEqual(['plain\n']);
  });

  test('jsonl is one row a line, json one value', () => {
    const [a, b] = [streamOf(false), streamOf(false)];
    createOutput('jsonl', { stdout: a, stderr: a }).result({ rows: 2 }, () => [], [{ n: 1 }, { n: 2 }]);
    createOutput('json', { stdout: b, stderr: b }).result({ n: 1 }, () => []);
    expect([a.written.join(''), b.written.join('')]).toEqual(['{"n":1}\n{"n":2}\n', '{\n  "n": 1\n}\n']);
  });

  test('progress shows rate and time left, in place on a terminal, and nothing in a pipe before five seconds', () => {
    let now = 0;
    const [terminal, pipe] = [streamOf(true), streamOf(false)];
    for (const stream of [terminal, pipe]) {
      now = 0;
      const progress = createProgress('checking', stream, () => now);
      progress.update(0, 2000);
      now = 2000;
      progress.update(500, 2000);
      progress.end();
    }
    expect(terminal.written).toEqual(['\r\u001b[2Kchecking: 500 of 2,000 (250/s, 6 s left)', '\r\u001b[2K']);
    expect(pipe.written).toEqual([]);
  });
});
