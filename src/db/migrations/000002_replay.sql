-- Ids compare by byte (collate "C"): keyset pages and resultsRoot then have one order on every server.

create table agents (
  tenant      text not null references tenants,
  agent       text not null,               -- name@version
  digest      text not null,
  entry_id    text not null,
  registered_at timestamptz not null default now(),
  primary key (tenant, agent)
);

-- A frozen cohort: which decisions, in which order. Never changed once written.
create table cohorts (
  tenant      text not null references tenants,
  id          text not null,               -- coh_…
  manifest    jsonb not null,              -- CohortManifest
  primary key (tenant, id)
);
create table cohort_members (
  tenant      text not null,
  cohort      text not null,
  ord         int not null check (ord > 0), -- 1..size
  decision    text collate "C" not null,
  stratum     text not null,
  primary key (tenant, cohort, ord),
  unique (tenant, cohort, decision),
  foreign key (tenant, cohort) references cohorts
);

create table runs (
  tenant      text not null references tenants,
  id          text not null,               -- run_…
  cohort      text not null,
  lane        text not null check (lane in ('control', 'candidate')),
  agent       text not null,
  digest      text not null,
  manifest    jsonb not null,              -- RunManifest
  entry_id    text,                        -- the signed manifest
  status      text not null check (status in ('planned', 'running', 'done', 'not_available', 'stopped', 'failed')),
  note        text,
  control_key text,                        -- equal keys share one control arm
  control_run text,                        -- the control arm whose live calls a candidate's tapes are pooled with
  created_at  timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant, id),
  foreign key (tenant, cohort) references cohorts,
  foreign key (tenant, control_run) references runs
);
-- A control arm that did not come to an end frees its key, so that the next gate can run one.
create unique index runs_control_key on runs (tenant, control_key)
  where control_key is not null and status in ('planned', 'running', 'done');

create table replay_results (
  tenant      text not null,
  run         text not null,
  lane        text collate "C" not null,
  repeat      int not null,
  decision    text collate "C" not null,
  status      text not null check (status in ('done', 'refused', 'failed', 'timeout', 'invalid')),
  refusal     text,                        -- code only
  calls       int not null,                -- model calls made live
  served      int not null,
  ran         int not null,
  refused     int not null,
  live_calls  int not null,                -- calls that join the pool of the decision; they are sealed with the row
  cost        double precision not null,
  dur_ms      double precision not null,
  row_hash    bytea not null,              -- RFC 6962 leaf hash of JCS(ResultRow)
  key_id      text not null,               -- key of the decision's subject: erasing the person erases the re-runs
  sealed      bytea not null,              -- JSON {row, liveCalls}, AES-256-GCM; AAD tenant, run, lane, repeat, decision, key id
  primary key (tenant, run, lane, repeat, decision)
) with (toast_tuple_target = 8160);          -- no foreign key: the insert itself locks the run (a check per row would too)
alter table replay_results alter column sealed set storage external;
create index replay_results_pool on replay_results (tenant, run, decision, repeat) where live_calls > 0 and status = 'done';
create index replay_results_spent on replay_results (tenant, run) include (calls, cost) where calls > 0 or cost > 0;

-- Model calls handed out with a batch and not yet reported back: what makes maxCalls a hard stop with batches in flight.
create table replay_leases (
  tenant      text not null,
  run         text not null,
  repeat      int not null,
  after_ord   int not null,
  until_ord   int not null,
  decisions   int not null,                -- how many had no result when it was given
  calls       int not null,
  expires_at  timestamptz not null,
  primary key (tenant, run, repeat, after_ord),
  foreign key (tenant, run) references runs
);

create table vectors (
  tenant      text not null,
  embedder    text not null,
  text_hash   bytea not null,              -- SHA-256 of the text; the text itself is not kept
  vector      bytea not null,              -- float32, little-endian
  primary key (tenant, embedder, text_hash)
) with (toast_tuple_target = 8160);
alter table vectors alter column vector set storage external;

create table gates (
  tenant      text not null references tenants,
  id          text not null,               -- gate_…
  attempt     int not null default 1,
  policy      jsonb not null,
  candidate   text not null,
  baseline    text not null,
  session     text,
  status      text not null check (status in ('pending', 'pass', 'fail', 'inconclusive')),
  control_run text,
  candidate_run text,
  workflow    text,
  results_root bytea,
  verdict_entry text,
  drift_entry text,
  summary     jsonb,                       -- counts and bounds; no values
  key_id      text,                        -- the tenant's own key
  sealed      bytea,                       -- the verdict, sealed: its lines may quote a reason; AAD tenant, 'gate', id, key id
  created_at  timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant, id)
);
create index gates_by_age on gates (tenant, created_at, id);

-- The assessment of one decision quotes its reasoning, so it is sealed under that decision's subject key.
create table gate_assessments (
  tenant      text not null,
  gate        text not null,
  decision    text collate "C" not null,
  key_id      text not null,
  sealed      bytea not null,              -- AAD tenant, 'assessment', gate, decision, key id
  primary key (tenant, gate, decision),
  foreign key (tenant, gate) references gates
);
