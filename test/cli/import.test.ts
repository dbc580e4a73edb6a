import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dataDir } from '../support/shared.js';
import { onPlatform } from './onPlatform.js';

const MAP = 'version: 1\nagent: scorer\nagentVersion: "1.0"\ntype: score\noutcome: /out\nkey: /id\ninputs: [/amount]\n';
const LOG = [
  '\ufeff{"id":1,"out":"ok","amount":5}',
  '{"id":2,"ot":"ok","amount":5}',
  '{"id":3,"out":"o',
  '{"id":4,"out":"no","amount":7}',
].join('\r\n');
const CSV = 'id,out,amount\n1,ok,5\n2,ok\n3,"no ""really""",7\n';

const on = onPlatform(({ folder }) => {
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('map.yaml', MAP);
  write('wrong.yaml', MAP.replace('outcome:', 'outcom:'));
  write('log.jsonl', LOG);
  write('table.csv', CSV);
  write(
    'long.jsonl',
    `{"id":1,"out":"ok","amount":5}\n${'x'.repeat(10 * 1024 * 1024)}\n{"id":2,"out":"ok","amount":5}\n`,
  );
  write('cut.json', '[{"task_id":1,"trial":0,"traj":[{"role":"user","content":"hi"}]},{"task_id":2,"tr');
});
const { tenet } = on;

describe('a dry run', () => {
  test('shows what would be recorded with grades, names what is wrong, and needs no database', () => {
    const run = tenet('import', 'jsonl', 'log.jsonl', '--mapping', 'map.yaml', '--dry-run');
    expect(run.out).toEqual([
      expect.stringMatching(/^#  DECISION +OUTCOME  GRADE  TYPE   AGENT/),
      expect.stringMatching(/^1  dec_\w{26}  ok       D      score  scorer@1\.0/),
      expect.stringMatching(/^4  dec_\w{26}  no       D      score  scorer@1\.0/),
      'would record 2 decisions of 4 lines of log.jsonl',
      'grades   D 2   D: ledger, reports, outcome drift',
      '  D  taken from a JSONL log, not captured by us  ×2',
      '  D  no calls and no reasons in the log: only inputs and outcome  ×2',
      '  D  the log holds no time: that of the import stands for it  ×2',
      'nothing was sent; whether the ledger has some of them already was not looked up',
      '2 lines not taken: see above, each with its place',
    ]);
    expect(run.err).toEqual([
      'log.jsonl:2 outcome (/out): the line has no such value, got members /id /ot /amount; did you mean /ot?',
      'log.jsonl:3 not JSON: it ends in the middle (cut off?)',
      'next: the same command without --dry-run records them',
    ]);
    expect(run.exit).toBe(1);
  });

  test('as JSON lines gives each record whole', () => {
    const run = tenet('import', 'csv', 'table.csv', '--mapping', 'map.yaml', '--dry-run', '-o', 'jsonl');
    const rows = run.out.map(
      (line) => JSON.parse(line) as { line: number; grade: string; record: Record<string, unknown> },
    );
    expect(rows.map(({ line }) => line)).toEqual([2, 4]);
    expect(rows[1]).toMatchObject({
      grade: 'D',
      record: { '/decision/outcome': 'no "really"', '/provenance/sdk': 'import/csv' },
    });
    expect(run.err[0]).toBe('table.csv:3 the row is short, expected 3 cells, as the header has, got 2');
  });

  test('a line of 10 MB is one bad line', () => {
    const run = tenet('import', 'jsonl', 'long.jsonl', '--mapping', 'map.yaml', '--dry-run', '-o', 'json');
    expect(JSON.parse(run.stdout)).toMatchObject({ counts: { units: 3, recorded: 2, bad: 1 } });
    expect(run.err[0]).toMatch(/^long\.jsonl:2 the line is too long/);
  });

  test('a JSON file that is cut off gives what came before', () => {
    const run = tenet('import', 'tau-bench', 'cut.json', '--dry-run');
    expect(run.err).toContain('cut.json: item 2 the file ends inside this item (cut off?)');
    expect(run.out).toContain('would record 1 decision of 2 trajectories of cut.json');
  });
});

describe('what is refused', () => {
  test('a mapping that is not valid, with its lines', () => {
    const run = tenet('import', 'jsonl', 'log.jsonl', '--mapping', 'wrong.yaml');
    expect(run.exit).toBe(2);
    expect(run.err.join('\n')).toContain('wrong.yaml:5:1 outcom: unknown key');
    expect(run.err.join('\n')).toContain('did you mean outcome?');
  });

  test.each([
    [['import', 'jsonl', 'log.jsonl'], 2, 'required option'],
    [['import', 'jsonl', 'none.jsonl', '--mapping', 'map.yaml'], 1, 'there is no such file'],
    [['import', 'jsonl', '.', '--mapping', 'map.yaml'], 1, 'it is not a file'],
    [['import', 'tau-bench', 'cut.json', '--agent', 'airline'], 2, 'expected name@version'],
    [['import', 'openai-jsonl', 'log.jsonl', '--effects', 'get_*=safe'], 2, 'CLASS one of'],
    [['import', 'xml', 'log.jsonl'], 2, 'unknown command'],
    [['producer', 'report', 'prd_none'], 1, 'there is no producer prd_none'],
  ])('%j', (argv, exit, message) => {
    const run = tenet(...argv);
    expect(run.exit).toBe(exit);
    expect(run.err.join('\n')).toContain(message);
  });
});

describe('an import', () => {
  test('is recorded, signed and complete; again it is a duplicate', () => {
    const run = tenet('import', 'jsonl', 'log.jsonl', '--mapping', 'map.yaml', '--session', 'imp');
    expect(run.out[0]).toBe('recorded 2 decisions of 4 lines of log.jsonl');
    const [, id = ''] = /producer (prd_\w+), 2 numbers and its closing/.exec(run.out.join('\n')) ?? [];
    expect(run.err).toContain(`next: tenet producer report ${id}`);

    const again = tenet('import', 'jsonl', 'log.jsonl', '--mapping', 'map.yaml', '--session', 'imp');
    expect(again.out.slice(0, 2)).toEqual(['recorded 0 decisions of 4 lines of log.jsonl', '2 already in the ledger']);

    const report = tenet('producer', 'report', id);
    expect(report.exit).toBe(0);
    expect(report.out).toEqual([
      `${id}  COMPLETE`,
      expect.stringMatching(/^Key +k_\w{26}$/),
      'Agents     scorer@1.0',
      'Sessions   imp',
      'Numbers    1 to 3: 3 entries, 2 decisions',
      expect.stringMatching(/^First +\S+  leaf \d+  dec_\w{26}$/),
      expect.stringMatching(/^Last +\S+  leaf \d+  ent_\w{26}$/),
      'Gaps       none',
      'Drops      none signed',
      'End        closed by the producer, number 3',
      'Shown      every number from 1 to its closing entry is in the log, each names the one before',
      'Not checked: decisions of code that was never wrapped; no number was ever given to them',
    ]);
    expect(tenet('producer', 'report', '--session', 'imp', '--strict').exit).toBe(0);
    expect(tenet('producer', 'list', '--agent', 'scorer').out[1]).toMatch(
      new RegExp(`^${id}  scorer@1\\.0 +3 +1–3 .* closed$`),
    );

    expect(tenet('producer', 'report', id, '--certificate', 'certificate.json').exit).toBe(0);
    const certificate = JSON.parse(readFileSync(join(on.folder, 'certificate.json'), 'utf8')) as { entries: unknown[] };
    expect(certificate).toMatchObject({ v: 1, report: { verdict: 'complete' } });
    expect(certificate.entries).toHaveLength(3);
    writeFileSync(join(on.folder, 'auditor.policy'), on.t.platform.policy());
    const verified = tenet('producer', 'verify', 'certificate.json', '--policy', 'auditor.policy');
    expect([verified.exit, verified.out.at(-1)]).toEqual([0, 'HOLDS']);
    writeFileSync(
      join(on.folder, 'certificate.json'),
      JSON.stringify({ ...certificate, entries: certificate.entries.slice(1) }),
    );
    const forged = tenet('producer', 'verify', 'certificate.json', '--policy', 'auditor.policy');
    expect([forged.exit, forged.out.at(-1)]).toEqual([6, 'DOES NOT HOLD']);
  });

  test('a producer that was cut off is OPEN, and --strict says so by its exit code', async () => {
    const producer = await on.t.producer(41);
    await on.t.ledger.ingest(producer.records(2, { session: 'cut' }), { kids: 'any' });
    const run = tenet('producer', 'report', '--session', 'cut', '--strict');
    expect(run.exit).toBe(5);
    expect(run.out[0]).toBe('prd_41  OPEN');
    expect(run.out.join('\n')).toContain('no closing entry');
  });

  test.skipIf(!existsSync(dataDir))('of 100 real trajectories', () => {
    const file = join(dataDir, 'tau-bench-gpt4o-airline-tasks-0-24.json');
    const run = tenet('import', 'tau-bench', file, '--agent', 'airline@1.0.0', '--model', 'gpt-4o', '-o', 'json');
    expect(JSON.parse(run.stdout)).toMatchObject({
      ended: 'done',
      counts: { recorded: 100, bad: 0, grades: { B: 100 } },
    });
    const list = tenet('decision', 'list', '--agent', 'airline', '--limit', '1');
    expect(list.out[1]).toMatch(/  B      tau-bench\.serve  airline@1\.0\.0  /);
  });
});
