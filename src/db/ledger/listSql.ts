import { statement } from '../statement.js';

export const LIST = {
  id: 'text',
  kind: 'text',
  type: 'text',
  agent: 'text',
  session: 'text?',
  run: 'text?',
  subject: 'text?',
  occurred_at: 'timestamptz',
} as const;

const COLUMNS = 'id, kind, type, agent, session, run, subject, occurred_at';

const instant = (parameter: string): string => `timestamptz 'epoch' + ${parameter} * interval '1 millisecond'`;

/**
 * Newest first. $3 is name@version or a bare name; $5 and $6 bound the time; $7 and $8 are the last row of the page before.
 * One statement for each column that has an index of its own, so that each has a plan of its own.
 */
const page = (indexed: string): string => `select ${COLUMNS} from entries
   where tenant = $1 and kind = $2 and ${indexed}
     and ($3::text is null or agent = $3 or starts_with(agent, $3 || '@'))
     and ($4::text is null or type = $4)
     and ($5::bigint is null or occurred_at >= ${instant('$5')})
     and ($6::bigint is null or occurred_at < ${instant('$6')})
     and ($7::bigint is null or (occurred_at, id) < (${instant('$7')}, $8::text))
     and ($9::text is null or session = $9)
     and ($10::text is null or run = $10)
     and ($11::text is null or subject = $11)
   order by occurred_at desc, id desc limit $12::int`;

export const LIST_ENTRIES = statement('list_entries', LIST, page('true'));
export const LIST_SESSION = statement('list_session', LIST, page('session = $9'));
export const LIST_RUN = statement('list_run', LIST, page('run = $10'));
export const LIST_SUBJECT = statement('list_subject', LIST, page('subject = $11'));

/**
 * Oldest first; $3 and $4 are the last row of the page before. Either half gives its own first rows, so that a long session
 * is not sorted whole for each page.
 */
const after = (table: string): string => `($3::bigint is null
       or (${table}.occurred_at, ${table}.id) > (${instant('$3')}, $4::text))
       order by ${table}.occurred_at, ${table}.id limit $5::int`;

export const LIST_TIMELINE = statement(
  'list_timeline',
  LIST,
  `select ${COLUMNS} from (
     (select ${COLUMNS} from entries e where e.tenant = $1 and e.session = $2 and ${after('e')})
     union
     (select ${COLUMNS.replace(/\w+/g, 'x.$&')} from entries s
      join entry_links l on l.tenant = $1 and l.target = s.id and l.rel = 'decision'
      join entries x on x.tenant = $1 and x.id = l.id
      where s.tenant = $1 and s.session = $2 and ${after('x')})) as t
   order by occurred_at, id limit $5::int`,
);

export const SELECT_HEADS = statement(
  'select_heads',
  LIST,
  `select ${COLUMNS} from entries where tenant = $1 and id = any($2::text[])`,
);

export const SELECT_LINKS_TO = statement(
  'select_links_to',
  { id: 'text', target: 'text' },
  `select id, target from entry_links where tenant = $1 and target = any($2::text[]) and rel = $3
   order by id, target limit $4::int`,
);

export const COUNT_QUEUED = statement(
  'count_queued',
  { queued: 'int8' },
  `select count(*) as queued from (select from queue where tenant = $1 limit $2::int) as q`,
);
