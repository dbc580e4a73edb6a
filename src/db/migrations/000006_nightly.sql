--! additive
-- Nightly drift: which agents are looked at when. Temporal holds the timers; what a schedule means is here and in the log.
create table drift_schedules (
  tenant      text not null references tenants,
  id          text not null,               -- sch_…, named by its content
  name        text not null,
  spec        jsonb not null,              -- DriftSchedule; never changed once written
  status      text not null check (status in ('active', 'paused', 'removed')),
  entry_id    text not null,
  created_at  timestamptz not null default now(),
  primary key (tenant, id)
);
create unique index drift_schedules_name on drift_schedules (tenant, name) where status <> 'removed';

-- One night of one schedule. The finding itself is in the ledger; in the clear are counts and digests only.
create table drift_scans (
  tenant      text not null references tenants,
  id          text not null,               -- drf_…
  schedule    text not null,
  at          timestamptz not null,        -- the scheduled start
  attempt     int not null,                -- rises only after an end that says nothing about the agent
  status      text not null check (status in ('running', 'shift', 'no-evidence', 'inconclusive')),
  agent       text,                        -- name@version that was re-run
  from_idx    bigint,                      -- decisions with a place in [from_idx, until_idx) of the log are the night's
  until_idx   bigint,
  control_run text,
  canary      jsonb,                       -- what the live model answered to the fixed probes that night
  digest      text,                        -- of the finding: computed again, it is the same
  entry_id    text,                        -- the signed finding
  summary     jsonb,                       -- counts only
  created_at  timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant, id),
  unique (tenant, schedule, at, attempt),
  foreign key (tenant, schedule) references drift_schedules
);
create index drift_scans_newest on drift_scans (tenant, at desc, id);

create table alerts (
  tenant      text not null references tenants,
  id          text not null,               -- alr_…
  key         text not null,               -- the same trouble again is the same alert while that is open
  severity    text not null check (severity in ('high', 'low')),
  title       text not null,               -- names, counts and shares; no value of any record
  body        jsonb not null,
  owner       text,
  status      text not null check (status in ('open', 'acknowledged', 'resolved')),
  opened_at   timestamptz not null default now(),
  seen_at     timestamptz not null default now(),
  acked_at    timestamptz,
  acked_by    text,
  resolved_at timestamptz,
  resolved_by text,
  disposition text,
  reason      text,
  primary key (tenant, id)
);
create unique index alerts_unresolved on alerts (tenant, key) where status <> 'resolved';

-- What an alert was raised by, each once.
create table alert_causes (
  tenant      text not null,
  alert       text not null,
  cause       text not null,               -- entry id of the finding
  primary key (tenant, alert, cause),
  foreign key (tenant, alert) references alerts
);

create table alert_deliveries (
  tenant      text not null,
  id          text not null,               -- dlv_…, stays the same over all tries
  alert       text not null,
  channel     text not null check (channel in ('email', 'webhook', 'slack')),
  status      text not null check (status in ('pending', 'delivered', 'dead')),
  attempts    int not null default 0,
  error       text,
  updated_at  timestamptz not null default now(),
  primary key (tenant, id),
  unique (tenant, alert, channel),
  foreign key (tenant, alert) references alerts
);
