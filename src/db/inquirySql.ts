import { statement } from './statement.js';

export const STEP = {
  id: 'text',
  inquiry: 'text',
  kind: 'text',
  asked_by: 'text',
  body: 'jsonb',
  rev: 'int4',
  status: 'text',
  result: 'jsonb?',
  asked_at: 'timestamptz',
} as const;
const STEP_LIST = Object.keys(STEP).join(', ');

export const INSERT_INQUIRY = statement(
  'insert_inquiry',
  { id: 'text' },
  `insert into inquiries (tenant, id, state, rev, body) values ($1, $2, $3, $4, $5) on conflict do nothing returning id`,
);

export const SELECT_INQUIRY = statement(
  'select_inquiry',
  { body: 'jsonb' },
  `select body from inquiries where tenant = $1 and id = $2`,
);

export const LIST_INQUIRIES = statement(
  'list_inquiries',
  { body: 'jsonb' },
  `select body from inquiries where tenant = $1 order by created_at desc, id limit $2`,
);

export const UPDATE_INQUIRY = statement(
  'update_inquiry',
  { id: 'text' },
  `update inquiries set state = $3, rev = $4, body = $5, updated_at = now()
   where tenant = $1 and id = $2 and rev = $6 returning id`,
);

export const INSERT_STEP = statement(
  'insert_inquiry_step',
  {},
  `insert into inquiry_steps (tenant, id, inquiry, kind, asked_by, body, rev, status)
   values ($1, $2, $3, $4, $5, $6, $7, 'asked') on conflict do nothing`,
);

export const SELECT_STEP = statement(
  'select_inquiry_step',
  STEP,
  `select ${STEP_LIST} from inquiry_steps where tenant = $1 and id = $2`,
);

export const LIST_STEPS = statement(
  'list_inquiry_steps',
  STEP,
  `select ${STEP_LIST} from inquiry_steps where tenant = $1 and inquiry = $2 order by asked_at, id`,
);

/** A step that is done stays done. */
export const END_STEP = statement(
  'end_inquiry_step',
  {},
  `update inquiry_steps set status = $3, result = $4 where tenant = $1 and id = $2 and status <> 'done'`,
);

export const INSERT_CUSTODY = statement(
  'insert_custody',
  {},
  `insert into custody (tenant, inquiry, n, event, digest, entry) values ($1, $2, $3, $4, $5, $6)`,
);

export const LIST_CUSTODY = statement(
  'list_custody',
  { event: 'jsonb', digest: 'text', entry: 'text' },
  `select event, digest, entry from custody where tenant = $1 and inquiry = $2 order by n`,
);

/** Decisions of a scope in the order of the log; $10 is the last index of the page before. */
export const SELECT_SCOPE = statement(
  'select_scope',
  { id: 'text', idx: 'int8', erased: 'bool' },
  `select e.id, l.idx, not exists (select from disclosures d where d.tenant = e.tenant and d.entry_id = e.id) as erased
   from entries e join leaves l on l.tenant = e.tenant and l.entry_id = e.id
   where e.tenant = $1 and e.kind = 'decision'
     and ($2::text is null or e.subject = $2)
     and ($3::text is null or e.agent = $3 or starts_with(e.agent, $3 || '@'))
     and ($4::text is null or e.type = $4)
     and ($5::text is null or e.session = $5)
     and ($6::timestamptz is null or e.occurred_at >= $6)
     and ($7::timestamptz is null or e.occurred_at < $7)
     and ($8::text[] is null or e.id = any($8))
     and l.idx < $9::bigint and l.idx > $10::bigint
   order by l.idx limit $11::int`,
);

export const SELECT_LINKED = statement(
  'select_linked',
  { id: 'text', decision: 'text' },
  `select k.id, k.target as decision
   from entry_links k join entries e on e.tenant = k.tenant and e.id = k.id
   join leaves l on l.tenant = k.tenant and l.entry_id = k.id
   where k.tenant = $1 and k.target = any($2::text[]) and e.kind in ('effect', 'override', 'correction') and l.idx < $3::bigint
   group by k.id, k.target order by k.target, k.id`,
);

/** Entries in which keys and producers speak for themselves. */
export const SELECT_STATEMENTS = statement(
  'select_statements',
  { id: 'text', idx: 'int8' },
  `select e.id, l.idx from entries e join leaves l on l.tenant = e.tenant and l.entry_id = e.id
   where e.tenant = $1 and e.kind in ('key', 'capture') and l.idx < $2::bigint order by l.idx`,
);
