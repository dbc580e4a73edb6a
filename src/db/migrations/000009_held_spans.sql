--! additive
-- Spans that were answered for while their trace is not whole: sealed, as they quote people. A receiver (one a process) owns what it holds
-- as long as it says that it lives; then another adopts it.
create table otlp_held (
  tenant      text not null,
  owner       text not null,
  trace       text not null,
  span        text not null,
  key_id      text not null,
  sealed      bytea not null,              -- nonce ‖ ciphertext ‖ tag; AAD tenant, otlp, trace, span, key id
  held_at     timestamptz not null default now(),
  primary key (tenant, trace, span)
);
create index otlp_held_by_owner on otlp_held (tenant, owner);

create table otlp_receivers (
  tenant      text not null,
  owner       text not null,
  alive_until timestamptz not null,
  primary key (tenant, owner)
);
