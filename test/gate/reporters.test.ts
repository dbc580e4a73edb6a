import { createHash } from 'node:crypto';
import { canonicalize, fromBase64 } from '@tenet-ledger/record';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  githubOutputs,
  judge,
  policyDigest,
  REPORTERS,
  verdictEntry,
  type GateReport,
  type GateVerdict,
} from '../../src/gate/index.js';
import { commandData, markdownTarget, markdownText, xmlText } from '../../src/gate/reporters/escape.js';
import { junitProblems } from './junitSchema.js';
import { facts, many, policy } from './support.js';

const verdict = judge(
  facts([...many(20, 'f', { candidate: ['b'], stake: 4711, because: ['secret reason'] }), ...many(280, 's')], {
    budgetStopped: 'calls',
  }),
  policy({ stake: { path: '/x', unit: 'DM' } }),
);
const report: GateReport = {
  gate: 'gate_1',
  name: 'pre-deploy',
  baseline: 'underwriter@1.0.0',
  candidate: 'underwriter@1.1.0',
  verdict,
  entry: { id: 'ent_1', index: 51_240 },
  policyFile: 'gates/pre.yaml',
  url: 'https://tenet.example/gates/gate_1',
};

const noted: GateReport = {
  ...report,
  reused: { gate: 'gate_0', reruns: 900, calls: 900, tokens: 120_000 },
  profile: { id: 'prf_1', mode: 'calibrated', decisions: 300, expiresAt: '2027-02-22T09:00:00.000Z' },
};

/** A reader of just enough XML to see that elements nest and attributes are quoted; throws otherwise. */
function assertWellFormed(xml: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  let rest = xml.replace(/^<\?xml[^>]*\?>/, '');
  while (rest.length > 0) {
    const tag = /^([^<>]*)<(\/?)([A-Za-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/.exec(rest);
    if (tag === null) {
      if (/^\s*$/.test(rest)) break;
      throw new Error(`not well-formed at ${rest.slice(0, 60)}`);
    }
    const [whole, , close, name = '', , empty] = tag;
    if (close === '/') expect(open.pop()).toBe(name);
    else if (empty !== '/') open.push(name);
    if (close !== '/') names.push(name);
    rest = rest.slice(whole.length);
  }
  expect(open).toEqual([]);
  return names;
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '"><script>alert(1)</script>',
    'a\n::error::owned',
    '\r\n::set-output name=x::y',
    '\u001b[2J\u001b]0;x\u0007',
    '@everyone #1 ![x](http://e.x/y.png) | a | b',
    '</failure>]]>&amp;',
    '\ud800\ufffe\u202e',
  ),
);

describe('reporters', () => {
  it('give junit a failure for a failed rule and an error for an inconclusive one', () => {
    const xml = REPORTERS.junit(report);
    const names = assertWellFormed(xml);
    expect(names.filter((name) => name === 'testcase')).toHaveLength(verdict.rules.length);
    expect(xml).toContain('tests="6" failures="1" errors="1"');
    expect(xml).toMatch(/name="flipRate"><failure type="flipRate" message="observed 20\/300 flips/);
    expect(xml).toMatch(/name="budget"><error type="budget"/);
  });

  it('give junit a document that the schema of CI servers takes, with and without notes', () => {
    expect(junitProblems(REPORTERS.junit(report))).toEqual([]);
    expect(junitProblems(REPORTERS.junit(noted))).toEqual([]);
    expect(REPORTERS.junit(noted)).toContain(
      'saved: control arm of gate_0 reused: 900 calls, 120,000 tokens, 900 re-runs saved',
    );
    expect(junitProblems(REPORTERS.junit(report).replace('tests="6"', 'tests="six"'))).not.toEqual([]);
    expect(junitProblems(REPORTERS.junit(report).replace('<properties>', '<property>'))).not.toEqual([]);
  });

  it('say what a verdict rests on besides its rules', () => {
    const line = 'prf_1, calibrated, 300 decisions, valid until 2027-02-22';
    expect(REPORTERS.github(noted)).toContain(`title=gate pre-deploy%3A noise profile::${line}`);
    expect(REPORTERS.summary(noted)).toContain('- **noise profile**: prf\\_1, calibrated, 300 decisions');
  });

  it('give a comment its first line to find it by, and otherwise the summary', () => {
    const [marker, ...rest] = REPORTERS.comment(report).split('\n');
    expect(marker).toBe('<!-- tenet-gate pre\\-deploy -->');
    expect(rest.join('\n')).toBe(REPORTERS.summary(report));
  });

  it('give later steps of a job ids and words, and no line more', () => {
    expect(githubOutputs(report)).toBe('gate=gate_1\nstatus=fail\nentry=ent_1\n');
    expect(githubOutputs({ ...report, gate: 'a\nb=c' })).toBe('gate=a_b_c\nstatus=fail\nentry=ent_1\n');
  });

  it('give GitHub one command a line, with the policy file', () => {
    expect(REPORTERS.github(report)).toMatch(
      /^::error file=gates\/pre\.yaml,title=gate pre-deploy%3A flipRate fail::observed 20\/300 flips, upper bound 9\.5 %25; margin 5 %25\n::error file=gates\/pre\.yaml,title=gate pre-deploy%3A budget inconclusive::stopped by the budget.*\n$/,
    );
    const passed = judge(facts(many(300, 's')), policy());
    expect(REPORTERS.github({ ...report, verdict: passed })).toMatch(
      /^::notice .*pass::underwriter@1.0.0 to .*leaf 51240\n$/,
    );
  });

  it('give a summary a table of rules', () => {
    const text = REPORTERS.summary(report);
    expect(text).toContain('### Gate pre\\-deploy: FAIL');
    expect(text).toContain('| flipRate | FAIL | observed 20/300 flips, upper bound 9.5 %; margin 5 % |');
    expect(text).toContain('(<https://tenet.example/gates/gate_1>)');
  });

  it('carry no outcome, reason or amount', () => {
    for (const render of Object.values(REPORTERS)) {
      for (const secret of ['secret', '4711', '94220', '→ b', 'DM']) expect(render(report)).not.toContain(secret);
    }
  });

  it('keep hostile text inert in every sink', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const rules: GateVerdict['rules'] = [
          { rule: text, status: 'fail', line: text, decisions: [], figures: {}, findings: [] },
        ];
        const bad: GateReport = {
          gate: text,
          name: text,
          baseline: text,
          candidate: text,
          policyFile: text,
          url: text,
          entry: { id: text, index: null },
          verdict: { ...verdict, rules, status: 'fail' },
        };
        const xml = REPORTERS.junit(bad);
        assertWellFormed(xml);
        expect(junitProblems(xml)).toEqual([]);
        expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/);
        const commands = REPORTERS.github(bad);
        expect(commands.match(/\n/g)).toHaveLength(1);
        expect(commands).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
        expect(REPORTERS.comment(bad).split('\n')[0]?.match(/--|>/g)).toEqual(['--', '--', '>']);
        const table = REPORTERS.summary(bad).split('\n');
        expect(table).toHaveLength(8);
        expect(table[6]?.match(/(?<!\\)\|/g)).toHaveLength(4);
        expect(table.join('')).not.toMatch(/<(?!https?:)|[@#](?![\u200b# ])/);
      }),
      { numRuns: 300 },
    );
  });

  it('link to web pages only', () => {
    expect(markdownTarget('javascript:alert(1)')).toBeNull();
    expect(markdownTarget('not a link')).toBeNull();
    expect(markdownTarget('https://e.x/a>b|c')).toBe('https://e.x/a%3Eb%7Cc');
  });

  it('leave plain text readable', () => {
    expect(xmlText('5 % < 10 % & "x"')).toBe('5 % &lt; 10 % &amp; &quot;x&quot;');
    expect(commandData('5 %')).toBe('5 %25');
    expect(markdownText('dec_A')).toBe('dec\\_A');
  });
});

describe('the ledger entry of a verdict', () => {
  const request = {
    gate: 'gate_1',
    attempt: 1,
    policy: policy({ stake: { path: '/x', unit: 'DM' } }),
    verdict,
    baseline: 'underwriter@1.0.0',
    candidate: 'underwriter@1.1.0',
    runs: { control: { run: 'run_C', entry: 'run_C' }, candidate: { run: 'run_D', entry: 'run_D' } },
    results: { root: createHash('sha256').update('x').digest(), size: 1200 },
    basis: { '/yield/control': { share: 1 } },
  };

  it('binds policy, manifests, rules and results, each field on its own', () => {
    const entry = verdictEntry(request);
    const fields = new Map(entry.fields.map(({ path, value }) => [path, value]));
    expect(entry.links).toEqual([
      { rel: 'manifest', id: 'run_C' },
      { rel: 'manifest', id: 'run_D' },
    ]);
    expect(fields.get('/status')).toBe('fail');
    expect(fields.get('/rules/flipRate')).toEqual(verdict.rules[0]);
    expect(fields.get('/stakeAtRisk')).toEqual({ amount: 20 * 4711, unit: 'DM' });
    expect(fields.get('/policyDigest')).toBe(policyDigest(request.policy));
    expect(fromBase64(fields.get('/resultsRoot') as string)).toHaveLength(32);
    expect(fields.get('/resultsSize')).toBe(1200);
    expect(fields.get('/yield/control')).toEqual({ share: 1 });
    expect(new Set(entry.fields.map(({ path }) => path)).size).toBe(entry.fields.length);
    expect(() => canonicalize(entry.fields)).not.toThrow();
  });

  it('of a gate that ended before its runs names neither manifests nor results', () => {
    const entry = verdictEntry({ ...request, runs: { control: null, candidate: null }, results: null });
    expect(entry.links).toEqual([]);
    expect(entry.fields.map(({ path }) => path)).not.toContain('/resultsRoot');
  });
});
