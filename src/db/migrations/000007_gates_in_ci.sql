--! additive
-- Tokens of live model calls: a hard stop by tokens needs their sum.
alter table replay_results add column tokens bigint not null default 0;
drop index replay_results_spent;
create index replay_results_spent on replay_results (tenant, run) include (calls, cost, tokens)
  where calls > 0 or cost > 0;

-- Where a gate was asked for: part of what makes two requests one gate.
alter table gates add column repository text;
alter table gates add column revision text;              -- of the first request; names nothing
create index gates_control_run on gates (tenant, control_run, created_at) where control_run is not null;

-- Noise floors, fitted once from a control arm and signed. Numbers only, so nothing here is sealed.
create table noise_profiles (
  tenant      text not null references tenants,
  id          text not null,               -- prf_…: the signed entry has the same id
  agent       text not null,               -- name@version whose re-runs it was fitted from
  type        text not null,
  digest      text not null,               -- SHA-256 of the profile's canonical JSON, hex
  control_run text not null,
  basis       jsonb not null,              -- ProfileBasis: what it holds for
  profile     jsonb not null,              -- NoiseProfile
  fitted_at   timestamptz not null,
  expires_at  timestamptz not null,
  expired_at  timestamptz,                 -- before its time
  expired_why text,
  primary key (tenant, id),
  foreign key (tenant, control_run) references runs
);
create index noise_profiles_by_agent on noise_profiles (tenant, agent, type, fitted_at desc);
create index noise_profiles_by_control on noise_profiles (tenant, control_run, fitted_at desc);
