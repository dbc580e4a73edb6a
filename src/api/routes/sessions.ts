import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../errors/index.js';
import type { IntentNode } from '../../ledger/index.js';
import { requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { named, type RouteDoc } from '../openapi/route.js';
import { parseInput } from '../problems.js';
import { chosenFields } from '../reading.js';
import { cursor, entryHead, entryItem, fieldList, headOf, name, nextCursor, pageLimit } from '../schemas.js';
import { PAGE, withFields } from './decisions.js';

const SESSION = z.strictObject({ session: name });
const PAGED = z.strictObject({
  fields: fieldList.optional(),
  limit: pageLimit.optional(),
  cursor: cursor.optional(),
});
const ID = z.strictObject({ id: name });

const timeline = named(
  'Timeline',
  z.strictObject({ session: z.string(), items: z.array(entryItem), cursor: nextCursor }),
);

interface TreeNode extends z.output<typeof entryHead> {
  readonly children: TreeNode[];
}
const node: z.ZodType<TreeNode> = named(
  'IntentNode',
  z.strictObject({
    ...entryHead.shape,
    get children() {
      return z.array(node);
    },
  }),
);
const tree = named(
  'IntentTree',
  z.strictObject({
    id: z.string(),
    intent: entryHead.nullable().meta({ description: 'null when the intent itself is no entry of this log' }),
    children: z.array(node),
    truncated: z.boolean().meta({ description: 'there are more than 1,000 entries or 32 generations' }),
  }),
);

export const SESSION_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/api/v1/sessions/:session/timeline',
    id: 'getTimeline',
    summary: 'A session, oldest first: its decisions and what was said of them later',
    scope: 'read',
    params: SESSION,
    query: PAGED,
    discloses: true,
    answer: { schema: timeline },
    errors: ['input.invalid'],
  },
  {
    method: 'get',
    path: '/api/v1/intents/:id/tree',
    id: 'getIntentTree',
    summary: 'The decisions that follow from an intent, by their parent links. No values.',
    scope: 'read',
    params: ID,
    answer: { schema: tree },
    errors: ['input.invalid', 'not_found'],
  },
];

export function sessionRoutes(app: FastifyInstance, context: ApiContext): void {
  const { platform, reads } = context;
  const hooks = { exposeHeadRoute: false, onRequest: [requireScope(context, 'read')] };
  app.get('/api/v1/sessions/:session/timeline', hooks, async (request): Promise<z.output<typeof timeline>> => {
    const { session } = parseInput(SESSION, request.params);
    const { fields, limit = PAGE, cursor: after } = parseInput(PAGED, request.query);
    const choose = fields && chosenFields(request, fields);
    const page = await platform.ledger.timeline(session, { limit, ...(after === undefined ? {} : { cursor: after }) });
    return { session, ...(await withFields(reads, request, page, choose)) };
  });
  app.get('/api/v1/intents/:id/tree', hooks, async (request): Promise<z.output<typeof tree>> => {
    const { id } = parseInput(ID, request.params);
    const found = await platform.ledger.intentTree(id);
    if (found === null) throw new AppError('not_found', 'no entry has this id or follows from it', { field: '/id' });
    const { item, children, truncated } = found;
    return { id, intent: item && headOf(item), children: children.map(nodeOf), truncated };
  });
}

/** At most as deep as a tree is read. */
const nodeOf = ({ item, children }: IntentNode): TreeNode => ({ ...headOf(item), children: children.map(nodeOf) });
