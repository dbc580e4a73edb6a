-- Postgres holds bytes; it proves nothing. Every table carries the tenant.

create table tenants (
  tenant      text primary key check (tenant ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  log         text not null,               -- host/tenant, the `log` of every entry
  origin      text not null,               -- host/tenant/epoch, the checkpoint origin
  root_key    bytea not null,              -- public half of the offline root key
  created_at  timestamptz not null default now()
);

create table api_keys (
  key_hash    bytea primary key,           -- SHA-256 of the whole key; the key itself is never stored
  tenant      text not null references tenants,
  label       text not null,
  scopes      text[] not null,             -- write | read | replay | admin | enrol
  kid         text,                        -- record key this API key may post under; null for keys that do not write
  agent       text,                        -- name@version: replay tokens see this lane only
  digest      text,
  single_use  boolean not null default false,
  used_at     timestamptz,
  expires_at  timestamptz,
  created_at  timestamptz not null default now()
);

create table record_keys (
  tenant      text not null references tenants,
  kid         text not null,
  public_key  bytea not null,
  role        text not null,               -- root | platform | producer
  status      text not null,               -- pending | active | retired | revoked
  entry_id    text not null,               -- the key.add entry
  added_idx   bigint,                      -- index of its key leaf; null while queued
  ended_idx   bigint,
  primary key (tenant, kid)
);

-- Accepted and durable, not yet in the tree.
create table queue (
  pos         bigint generated always as identity primary key,
  tenant      text not null references tenants,
  entry_id    text not null,
  leaf        bytea not null,
  leaf_hash   bytea not null,
  unique (tenant, entry_id)
);

create table heads (
  tenant      text primary key references tenants,
  size        bigint not null,
  root        bytea not null,
  halted      text                         -- why this tree stopped; null while it runs
);

create table leaves (
  tenant      text not null references tenants,
  idx         bigint not null,
  entry_id    text not null,
  leaf        bytea not null,
  primary key (tenant, idx),
  unique (tenant, entry_id)
);

-- 256-wide tiles of node hashes; the right edge is a partial tile that grows in place.
create table tiles (
  tenant      text not null references tenants,
  level       int not null,
  n           bigint not null,
  hashes      bytea not null,
  primary key (tenant, level, n)
);

create table checkpoints (
  tenant      text not null references tenants,
  size        bigint not null,
  root        bytea not null,
  note        text not null,
  created_at  timestamptz not null default now(),
  primary key (tenant, size)
);

-- What S itself says of an accepted entry, for look-ups. No disclosed value is here.
create table entries (
  tenant      text not null references tenants,
  id          text not null,
  kind        text not null,
  type        text not null,
  agent       text not null,
  producer    text not null,
  kid         text not null,
  seq         bigint not null,
  occurred_at timestamptz not null,
  subject     text,
  session     text,                        -- opaque run identifier, taken from /intent/session
  s_hash      bytea not null,              -- SHA-256(S)
  duplicate_of text,                       -- set on the second of two entries that used one (producer, seq)
  accepted_at timestamptz not null default now(),
  primary key (tenant, id)
);
create unique index entries_producer_seq on entries (tenant, producer, seq) where duplicate_of is null;
create index entries_by_session on entries (tenant, session, id) where session is not null;
create index entries_by_kind on entries (tenant, kind, agent, occurred_at);

create table entry_links (
  tenant      text not null,
  id          text not null,
  rel         text not null,
  target      text not null,
  primary key (tenant, id, rel, target)
);
create index entry_links_target on entry_links (tenant, target, rel);

-- All disclosures of one entry, AES-256-GCM under the subject's key, which lives in the KeyStore and not here.
create table disclosures (
  tenant      text not null references tenants,
  entry_id    text not null,
  key_id      text not null,
  sealed      bytea not null,              -- nonce ‖ ciphertext ‖ tag; AAD tenant, entry id, key id
  primary key (tenant, entry_id)
);

-- (producer, seq) used twice with other bytes: the second is refused and kept as evidence.
create table conflicts (
  tenant      text not null references tenants,
  producer    text not null,
  seq         bigint not null,
  leaf        bytea not null,
  seen_at     timestamptz not null default now()
);
