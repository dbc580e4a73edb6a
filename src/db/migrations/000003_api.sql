--! additive
-- The orchestrator's opaque run identifier, taken from /provenance/lineage: what a data platform looks decisions up by.
alter table entries add column run text;
create index entries_by_run on entries (tenant, run, occurred_at, id) where run is not null;

alter table api_keys add column fields text[];      -- fields whose values the key may see, with all below them; null for all
alter table api_keys add column replaces text;      -- ref of the key it took over from when that was rotated
