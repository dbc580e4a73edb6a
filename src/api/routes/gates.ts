import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { GateRow } from '../../db/index.js';
import { AppError } from '../../errors/index.js';
import { requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { anyJson, named, type RouteDoc } from '../openapi/route.js';
import { parseInput } from '../problems.js';
import { chosenFields, readingOf } from '../reading.js';
import { name, pageLimit } from '../schemas.js';
import { PAGE } from './decisions.js';

const LIST = z.strictObject({ limit: pageLimit.optional() });
const ID = z.strictObject({ id: name });
export const gate = named(
  'Gate',
  z.strictObject({
    id: z.string(),
    status: z.enum(['pending', 'pass', 'fail', 'inconclusive']),
    attempt: z.int(),
    candidate: z.string(),
    baseline: z.string(),
    session: z.string().nullable(),
    verdictEntry: z.string().nullable().meta({ description: 'id of the signed verdict' }),
    driftEntry: z.string().nullable(),
    summary: anyJson.meta({ description: 'counts and bounds of the verdict; no values' }),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  }),
);
const verdict = named(
  'GateVerdict',
  z.strictObject({
    gate: z.string(),
    entry: z.string().meta({ description: 'id of the signed entry' }),
    index: z.int().nullable().meta({ description: 'place in the log; null while queued' }),
    leaf: z.string().meta({ description: 'the signed statement, exact text' }),
    fields: z.record(z.string(), anyJson),
    erased: z.boolean(),
  }),
);
const list = named('GateList', z.strictObject({ gates: z.array(gate) }));

export const GATE_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/api/v1/gates',
    id: 'listGates',
    summary: 'Gates, newest first',
    scope: 'gate',
    query: LIST,
    answer: { schema: list },
    errors: ['input.invalid'],
  },
  {
    method: 'get',
    path: '/api/v1/gates/:id',
    id: 'getGate',
    summary: 'One gate: its state and the counts of its verdict',
    scope: 'gate',
    params: ID,
    answer: { schema: gate },
    errors: ['input.invalid', 'not_found'],
  },
  {
    method: 'get',
    path: '/api/v1/gates/:id/verdict',
    id: 'getGateVerdict',
    summary: 'The signed verdict of a gate, with its values',
    about: 'The report as it stands in the ledger; what is read of it is an access entry first.',
    scope: 'read',
    params: ID,
    discloses: true,
    answer: { schema: verdict },
    errors: ['input.invalid', 'not_found', 'ledger.disclosure', 'ledger.root_mismatch'],
  },
];

/** What a pipeline asks of a gate. Nothing here quotes an agent, so that nothing is disclosed. */
export function gateRoutes(app: FastifyInstance, context: ApiContext): void {
  const { gates } = context.stores;
  const hooks = { exposeHeadRoute: false, onRequest: [requireScope(context, 'gate')] };
  app.get('/api/v1/gates', hooks, async (request): Promise<z.output<typeof list>> => {
    const { limit = PAGE } = parseInput(LIST, request.query);
    return { gates: (await gates.list(limit)).map(gateOf) };
  });
  app.get('/api/v1/gates/:id', hooks, async (request): Promise<z.output<typeof gate>> => {
    const { id } = parseInput(ID, request.params);
    const row = await gates.get(id);
    if (row === null) throw new AppError('not_found', 'no such gate', { field: '/id' });
    return gateOf(row);
  });
  const reading = { exposeHeadRoute: false, onRequest: [requireScope(context, 'read')] };
  app.get('/api/v1/gates/:id/verdict', reading, async (request): Promise<z.output<typeof verdict>> => {
    const { id } = parseInput(ID, request.params);
    const entry = (await gates.get(id))?.verdictEntry ?? null;
    const [stored] = entry === null ? [] : await context.platform.ledger.readEntries([entry]);
    const [view] =
      entry === null ? [] : await context.reads.read([entry], readingOf(request), chosenFields(request, 'all'));
    if (stored === undefined || view === undefined)
      throw new AppError('not_found', 'no such gate, or it has no verdict yet', { field: '/id' });
    const { idx: index, leaf } = stored;
    return { gate: id, entry: stored.id, index, leaf, fields: Object.fromEntries(view.fields), erased: view.erased };
  });
}

export const gateOf = (row: GateRow): z.output<typeof gate> => ({
  id: row.id,
  status: row.status,
  attempt: row.attempt,
  candidate: row.candidate,
  baseline: row.baseline,
  session: row.session,
  verdictEntry: row.verdictEntry,
  driftEntry: row.driftEntry,
  summary: row.summary,
  createdAt: row.createdAt.toISOString(),
  finishedAt: row.finishedAt?.toISOString() ?? null,
});
