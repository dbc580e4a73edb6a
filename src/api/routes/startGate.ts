import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../errors/index.js';
import { parsePolicy } from '../../gate/index.js';
import { requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { named, type RouteDoc } from '../openapi/route.js';
import { parseInput } from '../problems.js';
import { name } from '../schemas.js';
import { gate, gateOf } from './gates.js';

const BODY_BYTES = 1024 * 1024;

const asked = named(
  'GateRequest',
  z.strictObject({
    policy: z.string().min(1).meta({ description: 'the gate policy, as YAML text' }),
    candidate: name.meta({ description: 'version to judge, 1.1.0 or name@1.1.0' }),
    baseline: name
      .optional()
      .meta({ description: 'version whose decisions are re-run; the one recorded last without it' }),
    session: name.optional().meta({ description: 'only decisions of this session' }),
    repository: name
      .optional()
      .meta({ description: 'where it is asked for, such as owner/name: part of which gate it is' }),
    revision: name.optional().meta({ description: 'the commit that asks; names nothing' }),
  }),
);

export const START_GATE_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/api/v1/gates',
    id: 'startGate',
    summary: 'A gate: recorded decisions are re-run by a candidate version and judged by a policy',
    about:
      'Answers 202 while it runs and 200 when it has ended; `GET /api/v1/gates/{id}` tells which. The same policy, versions (by the ' +
      'digests of their code), session and repository are one gate, so that a repeated request starts nothing twice; only one that ' +
      'ended inconclusive is tried again. Both versions must be registered, which a worker does that serves them.',
    scope: 'gate',
    body: { 'application/json': asked },
    answer: { schema: gate, later: true },
    errors: [
      'input.invalid',
      'input.too_large',
      'input.media_type',
      'policy.invalid',
      'config.invalid',
      'cohort.empty',
      'agent.not_registered',
      'temporal.unavailable',
    ],
  },
];

/** POST /api/v1/gates. The row of the gate is there before its workflow: a crash between them is mended by the same request again. */
export function startGateRoute(app: FastifyInstance, { gates, ...context }: ApiContext): void {
  const hooks = { bodyLimit: BODY_BYTES, onRequest: [requireScope({ gates, ...context }, 'gate')] };
  app.post('/api/v1/gates', hooks, async (request, reply): Promise<z.output<typeof gate>> => {
    const {
      policy: text,
      candidate,
      baseline = null,
      session = null,
      repository = null,
      revision = null,
    } = parseInput(asked, request.body);
    const policy = parsePolicy(text, 'policy');
    if (gates === null)
      throw new AppError('temporal.unavailable', 'this API server starts no gates: it is not connected to Temporal', {
        fix: 'set TENET_TEMPORAL_ADDRESS for the API server, or run the gate with: tenet gate run',
      });
    const row = await gates.start({ policy, candidate, baseline, session, repository, revision });
    void reply.code(row.status === 'pending' ? 202 : 200).header('location', `/api/v1/gates/${row.id}`);
    return gateOf(row);
  });
}
