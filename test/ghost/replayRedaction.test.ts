import { ghost, type RedactOptions } from '@tenet-ledger/ghost';
import { compileRedactor, replayAgent, type ReplayItem, type ReplayResult } from '@tenet-ledger/ghost/replay';
import type { TapeEntry } from '@tenet-ledger/record';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { item, POLICY, SEED, taped } from './replaySetup.js';
import { configureFor, delivered, field } from './setup.js';

let api: RecordsApi;
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(() => api.close());

const key = Buffer.alloc(32, 5).toString('base64');
const rules: RedactOptions = {
  paths: ['/context/inputs/ssn', '/tape/*/args/*/ssn'],
  patterns: [{ name: 'iban', regex: 'DE[0-9]{20}' }],
  pseudonyms: {
    paths: [
      '/context/inputs/name',
      '/tape/*/args/*/name',
      '/tape/*/result/name',
      '/tape/*/key',
      '/alternatives/*/target',
    ],
    key,
  },
};
const { pseudonyms: _, ...keyless } = rules;

interface Application {
  readonly name: string;
  readonly ssn: string;
  readonly iban: string;
  readonly apiKey: string;
}

const bureau = ghost.tool(
  'bureau',
  { effect: 'read' },
  async (query: { name: string; ssn: string; apiKey: string }) => ({
    name: query.name,
    score: query.name.length,
  }),
);
const letter = ghost.tool(
  'letter',
  { effect: 'write', key: (to: { name: string }) => `to ${to.name}` },
  async (_to: { name: string }) => ({ sent: true }),
);
const seen: unknown[] = [];
const decide = ghost.agent({ name: 'a', version: '1', outcome: 'status' }, async (application: Application) => {
  seen.push(application);
  const { name, score } = await bureau({ ...application });
  await letter({ name });
  ghost.current()?.step(`paid to ${application.iban}`);
  ghost.current()?.alternative({ action: 'refer', target: name });
  return { status: score > 3 ? `approve` : 'decline' };
});

async function recorded(options: RedactOptions): Promise<{ readonly replay: ReplayItem; readonly outcome: unknown }> {
  configureFor(api, { redact: options });
  await decide({ name: 'Annabel', ssn: '078-05-1120', iban: 'DE12345678901234567890', apiKey: 'k-1' });
  const record = (await delivered(api))[0]!;
  const tape = [...record.fields].filter(([path]) => path.startsWith('/tape/')).map(([, value]) => value);
  seen.length = 0;
  return {
    replay: {
      decision: record.entry.id,
      input: field(record, '/context/inputs')!,
      tape: tape as unknown as TapeEntry[],
      seed: SEED,
      occurredAt: record.entry.occurred_at,
    },
    outcome: field(record, '/decision/outcome'),
  };
}

const replay = (of: ReplayItem, options: RedactOptions): Promise<ReplayResult> =>
  replayAgent(decide, of, POLICY, { redactor: compileRedactor(options) });

describe('a decision that was redacted', () => {
  it('is re-run with its values put back, and gives none of them away', async () => {
    const { replay: of, outcome } = await recorded(rules);
    expect(JSON.stringify(of)).not.toMatch(/Annabel|078-05|DE1234|k-1/);
    const result = await replay(of, rules);
    expect(result).toMatchObject({ status: 'done', outcome, calls: { served: 2, refused: 0 } });
    expect(seen).toMatchObject([{ name: 'Annabel' }]);
    expect(result.reasoning).toEqual(['paid to [redacted:iban]']);
    expect(JSON.stringify(result)).not.toMatch(/Annabel|078-05|DE1234|k-1/);
    expect(result.proposedActions[0]?.args).toEqual([{ name: expect.stringMatching(/^psn_/) as string }]);
  });

  it('is re-run with its tokens by who has no key', async () => {
    const { replay: of } = await recorded(rules);
    const result = await replay(of, keyless);
    expect(seen).toMatchObject([{ name: expect.stringMatching(/^psn_/) as string }]);
    expect(result.refusal).toMatchObject({ code: 'replay.no_tape', tool: 'letter' });
    expect(result.calls.served).toBe(1);
  });

  it('matches under rules that were made after it was recorded', async () => {
    const old = item([
      taped(
        'bureau',
        '',
        { name: 'x', score: 9 },
        { args: [{ password: 'p', id: 1 }], key: '[{"id":1,"password":"p"}]' },
      ),
    ]);
    const ask = ghost.tool('bureau', { effect: 'read' }, async (_query: object) => ({ score: 0 }));
    const agent = ghost.agent({ name: 'a', version: '1', outcome: 'score' }, async () => ask({ id: 1, password: 'p' }));
    expect(await replayAgent(agent, old, POLICY)).toMatchObject({ status: 'done', outcome: '9' });
  });
});
