import { describe, expect, it } from 'vitest';
import { makeDisclosure } from '@tenet-ledger/record';
import { registerAgent } from '../../src/api/index.js';
import type { Db } from '../../src/db/index.js';
import { call, DIGEST, done, startRun } from '../db/replaySupport.js';
import { ndjson, newProducer, postNdjson, useApi } from './support.js';

const CANARY = 'canary-4539578763621486-secret';
const AGENT = 'underwriter@1.1.0';

/** The canary as text, hex, and what base64 of either alphabet makes of it at each of three offsets. */
const TRACES: readonly string[] = [
  CANARY,
  Buffer.from(CANARY).toString('hex'),
  ...[0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.from(`${'\0'.repeat(offset)}${CANARY}`);
    const inner = (text: string): string => text.slice(4, -4);
    return [inner(encoded.toString('base64')), inner(encoded.toString('base64url'))];
  }),
];
const holds = (bytes: Buffer): boolean => TRACES.some((trace) => bytes.includes(trace));

/** table.column of every value, in any table, in which the canary can be read. */
async function findCanary(db: Db): Promise<{ found: string[]; values: number }> {
  const found = new Set<string>();
  let values = 0;
  const tables = await db.sql(`select table_name as name from information_schema.tables where table_schema = 'public'`);
  for (const { name } of tables) {
    for (const row of await db.sql(`select * from ${String(name)}`)) {
      for (const [column, value] of Object.entries(row)) {
        values += 1;
        const bytes = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value) ?? '');
        if (holds(bytes)) found.add(`${String(name)}.${column}`);
      }
    }
  }
  return { found: [...found], values };
}

const acme = useApi();

describe('a secret in a decision', () => {
  it('is in no table, and neither it nor an API key is in the log, after capture, replay and judgement', async () => {
    const { app, platform, stores, logged } = acme;
    const producer = await newProducer(acme);
    const item = producer.submit('dec_1', {
      intent: { goal: CANARY, origin: 'human', session: 'ses_1' },
      context: { inputs: { card: CANARY } },
      reasoning: [CANARY],
      alternatives: [{ action: CANARY }],
      decision: { outcome: CANARY },
      tape: [call(1, CANARY, { answer: CANARY })],
    });
    expect(holds(Buffer.from(item.disclosures.join('\n')))).toBe(true);
    await postNdjson(acme, '/api/v1/records', producer.apiKey, ndjson([item]));
    await postNdjson(acme, '/api/v1/records', producer.apiKey, `{"leaf":"${CANARY}`);
    await platform.ledger.sequenceOnce();

    const { token } = await registerAgent(platform, stores, { agent: AGENT, digest: DIGEST });
    const control = await startRun({ stores, tenant: 'acme' }, ['dec_1'], { lane: 'control', agent: AGENT });
    const candidate = await startRun({ stores, tenant: 'acme' }, ['dec_1'], { controlRun: control.id });
    for (const run of [control, candidate]) {
      const lane = `lane=${run.lane}&repeat=1`;
      const url = `/api/v1/replay/${run.id}`;
      const batch = await app.inject({
        url: `${url}/batches?${lane}&after=0&until=1&count=1`,
        headers: { 'x-api-key': token },
      });
      expect(batch.body).toContain(CANARY);
      const result = done('dec_1', {
        outcome: CANARY,
        reasoning: [CANARY],
        liveCalls: [call(2, CANARY, CANARY)],
        findings: [CANARY],
      });
      await postNdjson(acme, `${url}/results?${lane}`, token, `{"${CANARY}`);
      expect((await postNdjson(acme, `${url}/results?${lane}`, token, ndjson([result]))).json()).toMatchObject({
        stored: 1,
      });
    }
    await stores.gates.save({ id: 'gate_1', policy: {}, candidate: AGENT, baseline: 'underwriter@1.0.0' });
    await stores.gateSeals.sealVerdict('gate_1', { line: CANARY });
    await stores.gateSeals.putAssessments('gate_1', [{ decision: 'dec_1', body: CANARY }]);
    await stores.vectors.putMany('lexical@1', [{ text: CANARY, vector: new Float32Array(4) }]);

    const { found, values } = await findCanary(acme.database.db);
    expect(found).toEqual([]);
    expect(values).toBeGreaterThan(200);
    const log = Buffer.from(logged.join(''));
    expect(logged.length).toBeGreaterThan(5);
    for (const secret of [CANARY, producer.apiKey, token]) expect(log.includes(secret)).toBe(false);
  });

  it('would be found: the scan sees it as text, as bytes and inside a disclosure', async () => {
    const { disclosure } = makeDisclosure('/context/inputs', { card: CANARY }, new Uint8Array(16));
    await acme.database.db.sql('create table planted (as_text text, as_bytes bytea, as_disclosure text)');
    await acme.database.db.sql('insert into planted values ($1, $2, $3)', [
      CANARY,
      Buffer.from(`x${CANARY}`),
      disclosure,
    ]);
    const { found } = await findCanary(acme.database.db);
    expect(found.sort()).toEqual(['planted.as_bytes', 'planted.as_disclosure', 'planted.as_text']);
  });
});
