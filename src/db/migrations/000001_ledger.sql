-- Postgres holds bytes; it proves nothing. Every table carries the tenant.
-- Hot tables have no foreign key to tenants: a check per row would lock one row for every record of a tenant.
-- toast_tuple_target keeps leaves and sealed rows of usual size in the page, where one read finds them; storage external
-- spares an attempt to compress base64 and ciphertext.

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

-- What the key entries of the log say, for ingest. fsck derives the same from the leaves.
create table record_keys (
  tenant       text not null references tenants,
  kid          text not null,
  public_key   bytea not null,
  role         text not null check (role in ('producer', 'platform')),
  status       text not null check (status in ('active', 'retired', 'revoked')),
  entry_id     text not null,              -- the key.add entry
  added_idx    bigint,                     -- index of its leaf; null while queued: the key does not count yet
  end_entry_id text,                       -- the key.retire or key.revoke entry
  ended_idx    bigint,
  primary key (tenant, kid)
);

-- The leaf of every accepted entry, byte for byte: its text is ASCII in any encoding. Written once by ingest; `queue` and
-- `leaves` say where it is on its way into the tree, so that sequencing moves no leaf.
create table leaf_texts (
  tenant      text not null,
  entry_id    text not null,
  leaf        text not null,
  primary key (tenant, entry_id)
) with (toast_tuple_target = 8160);
alter table leaf_texts alter column leaf set storage external;

-- Accepted and durable, not yet in the tree.
create table queue (
  tenant      text not null,
  pos         bigint generated always as identity,
  entry_id    text not null,
  leaf_hash   bytea not null,              -- of the bytes that ingest verified
  primary key (tenant, pos)
);

create table heads (
  tenant      text primary key references tenants,
  size        bigint not null,
  root        bytea not null,
  halted      text                         -- why this tree stopped; null while it runs
);

-- The order of the tree.
create table leaves (
  tenant      text not null,
  idx         bigint not null,
  entry_id    text not null,
  primary key (tenant, idx),
  unique (tenant, entry_id)
);

-- 256-wide tiles of node hashes; the right edge is a partial tile that grows in place.
create table tiles (
  tenant      text not null,
  level       int not null,
  n           bigint not null,
  hashes      bytea not null,
  primary key (tenant, level, n)
) with (toast_tuple_target = 8160, fillfactor = 50);
alter table tiles alter column hashes set storage external;

create table checkpoints (
  tenant      text not null,
  size        bigint not null,
  root        bytea not null,
  note        text not null,
  created_at  timestamptz not null default now(),
  primary key (tenant, size)
);

-- What S itself says of an accepted entry, for look-ups. No disclosed value is here.
create table entries (
  tenant      text not null,
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
  accepted_at timestamptz not null default now(),
  primary key (tenant, id)
);
-- By key too: one record key cannot use up the numbers of another's producer id.
create unique index entries_chain on entries (tenant, kid, producer, seq);
create index entries_by_session on entries (tenant, session, occurred_at, id) where session is not null;
create index entries_by_kind on entries (tenant, kind, occurred_at, id);
create index entries_by_subject on entries (tenant, subject) where subject is not null;

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
  tenant      text not null,
  entry_id    text not null,
  key_id      text not null,
  sealed      bytea not null,              -- nonce ‖ ciphertext ‖ tag; AAD tenant, entry id, key id
  primary key (tenant, entry_id)
) with (toast_tuple_target = 8160);
alter table disclosures alter column sealed set storage external;

-- A place in a producer's chain used twice with other bytes: the second is refused and kept as evidence.
create table conflicts (
  tenant      text not null,
  leaf_hash   bytea not null,
  kid         text not null,
  producer    text not null,
  seq         bigint not null,
  leaf        text not null,
  seen_at     timestamptz not null default now(),
  primary key (tenant, leaf_hash)
);
