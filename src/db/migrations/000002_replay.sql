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
  ord         int not null,                -- 1..size
  decision    text not null,
  stratum     text not null,
  primary key (tenant, cohort, ord),
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
  status      text not null,               -- planned | running | done | not_available | stopped | failed
  note        text,
  control_key text,                        -- equal keys share one control arm
  created_at  timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant, id)
);
create unique index runs_control_key on runs (tenant, control_key) where control_key is not null;

create table replay_results (
  tenant      text not null,
  run         text not null,
  lane        text not null,
  repeat      int not null,
  decision    text not null,
  status      text not null,
  refusal     text,                        -- code only
  calls       int not null,                -- model calls made live
  served      int not null,
  ran         int not null,
  refused     int not null,
  cost        double precision not null,
  dur_ms      double precision not null,
  row_hash    bytea not null,              -- RFC 6962 leaf hash of JCS(ResultRow)
  key_id      text not null,
  sealed      bytea not null,              -- JSON {row, liveCalls}, AES-256-GCM; AAD tenant, run, lane, repeat, decision, key id
  primary key (tenant, run, lane, repeat, decision)
);

create table vectors (
  embedder    text not null,
  text_hash   bytea not null,              -- SHA-256 of the text; the text itself is not kept
  vector      bytea not null,              -- float32, little-endian
  primary key (embedder, text_hash)
);

create table gates (
  tenant      text not null references tenants,
  id          text not null,               -- gate_…
  attempt     int not null default 1,
  policy      jsonb not null,
  candidate   text not null,
  baseline    text not null,
  session     text,
  status      text not null,               -- pending | pass | fail | inconclusive
  control_run text,
  candidate_run text,
  workflow    text,
  results_root bytea,
  verdict_entry text,
  drift_entry text,
  summary     jsonb,                       -- counts and bounds; no values
  key_id      text,
  sealed      bytea,                       -- full verdict and assessments, sealed: they quote reasoning
  created_at  timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant, id)
);
