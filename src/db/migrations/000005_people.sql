--! additive
-- What people approved. The ledger holds the signed entry; this is what decides quickly whether there are enough.
create table approvals (
  tenant      text not null references tenants,
  id          text collate "C" not null,   -- apr_…
  about       text not null,
  key_id      text not null,               -- the tenant's own key
  sealed      bytea not null,              -- JSON Approval: reasons may quote anything; AAD tenant, 'approval', about, id, key id
  created_at  timestamptz not null default now(),
  primary key (tenant, id)
);
create index approvals_about on approvals (tenant, about, created_at, id);

alter table gates add column waivers text[];        -- waivers that held when the gate was asked for; null for none
