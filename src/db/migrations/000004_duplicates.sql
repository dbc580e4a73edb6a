--! additive
-- Another leaf for an id that the ledger has: answered `duplicate`, not in the tree. Kept so that its number is no gap in its producer's
-- chain: the leaf is signed, and its hash is what the next one names. Its values were not kept.
create table duplicates (
  tenant      text not null,
  leaf_hash   bytea not null,
  id          text not null,               -- of the entry that was kept
  kind        text not null,
  type        text not null,
  agent       text not null,
  producer    text not null,
  kid         text not null,
  seq         bigint not null,
  occurred_at timestamptz not null,
  session     text,
  s_hash      bytea not null,
  leaf        text not null,
  seen_at     timestamptz not null default now(),
  primary key (tenant, leaf_hash)
);
create index duplicates_chain on duplicates (tenant, kid, producer, seq);
