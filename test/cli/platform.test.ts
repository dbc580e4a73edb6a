import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COHORT, decisionAt, FLIPPED, recordAndJudge, SHIFTED, type GateFixture } from './gateFixture.js';
import { BINARY } from './named.js';
import { onPlatform, type Run } from './onPlatform.js';

let gate: GateFixture;
const on = onPlatform(async ({ t }) => {
  gate = await recordAndJudge(t);
});
const { tenet } = on;

interface Change {
  readonly decision: string;
  readonly steps: readonly {
    readonly distance: number | null;
    readonly baseline: { readonly text: string } | null;
    readonly candidate: { readonly text: string } | null;
  }[];
}

const json = (run: Run): Record<string, unknown> => JSON.parse(run.stdout) as Record<string, unknown>;

describe('a gate plan', () => {
  const policy = 'version: 1\nname: pre-deploy\nagent: underwriter\ntype: loan.approve\ncohort: { size: 150 }\n';
  const plan = (...argv: readonly string[]): Run => {
    writeFileSync(join(on.folder, 'plan.yaml'), policy);
    return tenet('gate', 'plan', 'plan.yaml', '--session', 'ses_T', ...argv);
  };

  test('says how many decisions there are and how many it takes, without running any', () => {
    const run = plan('--expect', '1 %');
    expect(run).toMatchObject({ exit: 0 });
    expect(run.stdout).toContain('gate pre-deploy: underwriter@1.0.0, loan.approve');
    expect(run.stdout).toMatch(new RegExp(`cohort +150 of ${COHORT} recorded decisions`));
    expect(run.stdout).toContain('124 decisions (2 flips allowed) to show a flip rate below 5 %');
    expect(run.stdout).toContain('together   600 re-runs, 0 live model calls, cost 0.00');
  });

  test('is data, and knows where no cohort is enough', () => {
    expect(json(plan('--expect', '5%', '-o', 'json'))).toMatchObject({ needed: null, enough: false, cohort: 150 });
  });

  test('refuses a share that is none', () => {
    expect(plan('--expect', '200 %')).toMatchObject({ exit: 2, stdout: '' });
  });
});

describe('decisions', () => {
  test('are listed with their outcome, and the next page is one command away', () => {
    const run = tenet('decision', 'list', '--limit', '2', '--session', 'ses_T');
    expect(run).toMatchObject({ exit: 0 });
    expect(run.lines[0]).toMatch(/^DECISION +OUTCOME +GRADE +TYPE +AGENT +OCCURRED +LEAF$/);
    expect(run.lines[1]).toMatch(/^dec_T\d+ +approve +A +loan\.approve +underwriter@1\.0\.0 /);
    const next = /^more: tenet (decision list --session ses_T --limit 2 --cursor (\S+))$/m.exec(run.stderr);
    const second = tenet(...(next?.[1] ?? '').split(' '));
    expect(second.lines[1]).toMatch(/^dec_T/);
    expect(second.lines[1]).not.toBe(run.lines[1]);
  });

  test('are one JSON row each', () => {
    const rows = tenet('decision', 'list', '--limit', '3', '-o', 'jsonl').stdout.trim().split('\n');
    expect(rows.map((row) => (JSON.parse(row) as { outcome: string }).outcome)).toEqual([
      'approve',
      'approve',
      'approve',
    ]);
  });

  test('one is shown with reasons and its place in the log', () => {
    const run = tenet('decision', 'show', decisionAt(3));
    expect(run.exit).toBe(0);
    expect(run.stdout).toContain('loan.approve → APPROVE   agent underwriter@1.0.0   score 0.80   replayable A');
    expect(run.stdout).toMatch(/^Ledger +leaf \d+ · under checkpoint \d+ \(root [0-9a-f]{4}…[0-9a-f]{2}\) · key k_/m);
    expect(run.stderr).toContain(`next: tenet decision export ${decisionAt(3)} --out bundle.json`);
  });

  test('an unknown id says so and names the command that finds one', () => {
    expect(tenet('decision', 'show', 'dec_NOPE')).toMatchObject({
      exit: 1,
      stdout: '',
      stderr: expect.stringContaining('fix       find one with: tenet decision list') as string,
    });
  });
});

describe('evidence', () => {
  test('taken out with a verdict, a withheld field and growth since a kept checkpoint verifies elsewhere', () => {
    writeFileSync(join(on.folder, 'auditor.policy'), tenet('ledger', 'status', '--policy').stdout);
    writeFileSync(join(on.folder, 'kept.checkpoint'), tenet('ledger', 'status', '--checkpoint').stdout);
    const run = tenet(
      ...['decision', 'export', decisionAt(FLIPPED), '--gate', gate.gate, '--since', 'kept.checkpoint'],
      ...['--out', 'bundle.json', '--withhold', '/context'],
    );
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toMatch(/^written bundle\.json {2}[\d.]+ KB {2}sha256 [0-9a-f]{64}$/m);
    expect(run.stdout).toContain('1 withheld (/context/inputs) · 4 entries beside it · 4 result rows with proofs');
    const verified = spawnSync(
      process.execPath,
      [BINARY, 'ledger', 'verify', 'bundle.json', '--policy', 'auditor.policy', '--checkpoint', 'kept.checkpoint'],
      { cwd: on.folder, env: {}, encoding: 'utf8' },
    );
    expect(verified.stdout).toContain('  WITHHELD  1    /context/inputs');
    expect(verified.stdout).toMatch(/row \d+ {2}candidate #1 {2}done → decline/);
    expect(verified.stdout).toMatch(/^LOGGED .*exit 0$/m);
    expect(verified.status).toBe(0);
  });

  test('without a file it is the bundle itself, and nothing else', () => {
    const run = tenet('decision', 'export', 'latest');
    expect(run.exit).toBe(0);
    expect(Object.keys(json(run)).sort()).toEqual(['consistency', 'entry', 'erasures', 'keys', 'related', 'rows', 'v']);
  });

  test.each([
    [['--withhold', '/reasonin/0'], 'did you mean /reasoning/0?'],
    [['--gate', 'gate_NOPE'], 'tenet gate show gate_T'],
    [['--since', 'auditor.policy'], 'save one with: tenet ledger status --checkpoint > kept.checkpoint'],
    [['--out', 'no/such/folder/bundle.json'], 'name a file in a folder that exists and is yours to write'],
  ])('%j is refused with a fix, and no file is left', (argv, fix) => {
    const run = tenet('decision', 'export', decisionAt(1), '--out', 'half.json', ...argv);
    expect(run.exit).not.toBe(0);
    expect(run.stderr).toContain(`fix       ${fix}`);
    expect(existsSync(join(on.folder, 'half.json'))).toBe(false);
  });
});

describe('gates', () => {
  test('the verdict with its rules, the flip and the changed reasons; the exit code is the gate’s', () => {
    const run = tenet('gate', 'show', gate.gate);
    expect(run.exit).toBe(3);
    expect(run.lines[0]).toContain('gate pre-deploy   underwriter@1.0.0 → underwriter@1.1.0   170 of 170 decisions');
    expect(run.lines[1]).toMatch(/^flips 1 of 170 {3}success 100 % of 170 re-runs {3}reasons changed in \d+/);
    expect(run.stdout).toMatch(/^dec_T000 +approve +decline +[\d.]+ +1,000 DM +/m);
    expect(run.stdout).toContain('the applicant is 23 {+years old+}');
    expect(run.stdout).toContain('↑ forbidden: age');
    expect(run.stdout).toMatch(
      /^FAIL {2}signed as leaf \d+ {3}next: tenet replay diff gate_T --decision dec_T000 +exit 3$/m,
    );
  });

  test('a pair of sentences at no distance is one sentence: the comparison quotes the runs it was made with', () => {
    const { changes } = json(tenet('gate', 'show', 'latest', '-o', 'json')) as { changes: Change[] };
    expect(changes.map(({ decision }) => decision)).toEqual(
      expect.arrayContaining([FLIPPED, ...SHIFTED].map(decisionAt)),
    );
    const pairs = changes.flatMap(({ steps }) => steps).filter(({ distance }) => distance !== null && distance < 1e-6);
    expect(pairs.length).toBeGreaterThan(0);
    for (const { baseline, candidate } of pairs) expect(baseline?.text).toBe(candidate?.text);
  });

  test('reporters write to files and to stdout', () => {
    const run = tenet(
      'gate',
      'show',
      gate.gate,
      '--reporter',
      'junit=gate.xml',
      '--reporter',
      'summary',
      '--reporter',
      'github',
    );
    expect(run.exit).toBe(3);
    expect(readFileSync(join(on.folder, 'gate.xml'), 'utf8')).toContain('<testsuite name="gate pre-deploy"');
    expect(run.stdout).toMatch(/^### Gate pre.*deploy: FAIL$/m);
    expect(run.stdout).toContain('::error title=gate pre-deploy');
    expect(run.stdout).not.toContain('years old');
  });

  test('the latest are listed', () => {
    expect(tenet('gate', 'show').lines[1]).toMatch(/^gate_T +fail +underwriter@1\.0\.0 +underwriter@1\.1\.0 /);
  });

  test('an unknown gate names one that is there', () => {
    expect(tenet('gate', 'show', 'gate_NOPE')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('fix       tenet gate show gate_T') as string,
    });
  });
});

describe('replay', () => {
  test('a run is shown with its yield', () => {
    const run = tenet('replay', 'show', gate.control);
    expect(run.exit).toBe(0);
    expect(run.stdout).toContain(`done ${COHORT * 3}  of ${COHORT * 3}`);
    expect(run.stdout).toContain('100 % completed without a refusal');
  });

  test('a gate or either of its runs gives the same comparison', () => {
    const [byGate, byRun] = [tenet('replay', 'diff', gate.gate), tenet('replay', 'diff', gate.candidate)];
    expect(byGate.exit).toBe(0);
    expect(byGate.stdout).toBe(byRun.stdout);
    expect(byGate.lines[1]).toMatch(/^outcome flips 1 \(0\.6 %\) {3}control 0 \(0 %\) {3}not replayable 0$/);
  });

  test('--flips leaves flips alone', () => {
    const rows = tenet('replay', 'diff', gate.gate, '--flips', '-o', 'jsonl').stdout.trim().split('\n');
    expect(rows.map((row) => (JSON.parse(row) as { decision: string }).decision)).toEqual([decisionAt(FLIPPED)]);
  });

  test('one decision is shown step by step', () => {
    const run = tenet('replay', 'diff', gate.gate, '--decision', decisionAt(SHIFTED[0] ?? 0));
    expect(run.stdout).toContain('recorded approve   control arm approve ×3   candidate approve ×1');
    expect(run.stdout).toContain('the applicant is 23 {+years old+}');
    expect(run.stdout).toContain('↑ forbidden: age');
  });
});

describe('the ledger', () => {
  test('status says what the checkpoints are worth', () => {
    const run = tenet('ledger', 'status');
    expect(run.exit).toBe(0);
    expect(run.stdout).toMatch(/^Label +SELF-ATTESTED: only the operator signs its checkpoints/m);
  });

  test('fsck finds it sound', () => {
    const run = tenet('ledger', 'fsck');
    expect(run).toMatchObject({ exit: 0 });
    expect(run.lines.at(-2)).toBe('SOUND');
  });

  test('the schema is up to date', () => {
    expect(tenet('db', 'status').stdout).toMatch(/^up to date, \d+ migrations$/m);
    expect(tenet('db', 'migrate').exit).toBe(0);
  });
});
