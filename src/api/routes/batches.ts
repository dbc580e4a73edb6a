import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ApiKeyBinding, Batch, RunRow } from '../../db/index.js';
import type { NewEntry } from '../../ledger/index.js';
import { callerOf, requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { NDJSON } from '../body/index.js';
import { anyJson, named, type RouteDoc } from '../openapi/route.js';
import { DEFAULT_LIMITS } from '../options.js';
import { parseInput } from '../problems.js';
import { assertOpen, LANE_QUERY, ordinal, RUN_PARAMS, runOfCaller } from './replayRun.js';

const queryUpTo = (items: number) =>
  LANE_QUERY.extend({
    after: ordinal,
    until: ordinal,
    count: ordinal.pipe(z.number().min(1).max(items)),
  }).strict();

export const BATCHES_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/api/v1/replay/:runId/batches',
    id: 'getReplayBatch',
    summary: 'What is to be re-run: a header line, then one decision a line with its input and tape',
    about: 'Never what the agent decided or why. The access is in the log before the first value leaves.',
    scope: 'replay',
    params: RUN_PARAMS,
    query: queryUpTo(DEFAULT_LIMITS.batchItems),
    answer: { type: NDJSON, schema: named('ReplayBatchLine', z.record(z.string(), anyJson)) },
    errors: ['input.invalid', 'not_found', 'replay.run_closed'],
  },
];

/**
 * GET /api/v1/replay/{runId}/batches. A header line, then what is missing of (after, until], at most `count`. Items hold
 * input and tape, never what the agent decided or why. The access entry is in the ledger before the first value leaves.
 */
export function batchesRoute(app: FastifyInstance, context: ApiContext): void {
  const { platform, stores, limits } = context;
  const query = queryUpTo(limits.batchItems);
  const hooks = { exposeHeadRoute: false, onRequest: [requireScope(context, 'replay')] };
  app.get('/api/v1/replay/:runId/batches', hooks, async (request, reply) => {
    const asked = parseInput(query, request.query);
    const run = await runOfCaller(context, request, asked);
    assertOpen(run);
    const batch = await stores.replay.openBatch(run, asked);
    const lines = linesOf(context, run, batch);
    // The first lines are made before the answer starts, so that what fails in them is a problem and not a broken stream.
    const first = await lines.next();
    if (batch.members.length > 0) await platform.ledger.append([accessEntry(callerOf(request), run, batch)]);
    return reply
      .type(NDJSON)
      .send(Readable.from(resume(first, lines), { objectMode: false, highWaterMark: 256 * 1024 }));
  });
}

async function* linesOf({ stores }: ApiContext, run: RunRow, batch: Batch): AsyncGenerator<string> {
  const { id, agent, digest, lane, manifest } = run;
  const header = {
    v: 1,
    runId: id,
    lane,
    repeat: batch.repeat,
    agent,
    digest,
    policy: manifest.lane.policy,
    limits: { maxCalls: batch.maxCalls },
    cursor: batch.cursor,
  };
  let text = `${JSON.stringify(header)}\n`;
  for await (const items of stores.replay.items(run, batch)) {
    for (const item of items) text += `${JSON.stringify(item)}\n`;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

async function* resume(first: IteratorResult<string, unknown>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (!first.done) yield first.value;
  yield* rest;
}

function accessEntry(caller: ApiKeyBinding, run: RunRow, batch: Batch): NewEntry {
  return {
    kind: 'access',
    type: 'access.replay',
    links: [{ rel: 'run', id: run.entryId ?? run.id }],
    fields: [
      { path: '/access/by', value: { apiKey: caller.ref, label: caller.label, agent: run.agent, digest: run.digest } },
      { path: '/access/purpose', value: 'replay' },
      { path: '/access/run', value: { run: run.id, lane: run.lane, repeat: batch.repeat } },
      { path: '/access/fields', value: ['/context/inputs', '/tape'] },
      { path: '/access/decisions', value: batch.members.map((member) => member.decision) },
    ],
  };
}
