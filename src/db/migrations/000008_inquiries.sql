--! additive
-- Inquiries: cases, what people asked to be done in them, holds, and the chain of custody. The case is its ledger entries; these
-- rows are what commands and workflows read.
create table inquiries (
  tenant      text not null references tenants,
  id          text not null,               -- inq_…: the entry that opened it has the same id
  state       text not null,
  rev         int not null,                -- rises with every step
  body        jsonb not null,              -- InquiryCase; names no data subject but by tag
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  primary key (tenant, id)
);
create index inquiries_newest on inquiries (tenant, created_at desc, id);

create table inquiry_steps (
  tenant      text not null,
  id          text not null,               -- stp_…, by content: the same step asked for twice is one
  inquiry     text not null,
  kind        text not null,
  asked_by    text not null,               -- issuer#subject
  body        jsonb not null,
  rev         int not null,                -- of the case when it was asked for
  status      text not null check (status in ('asked', 'done', 'failed')),
  result      jsonb,
  asked_at    timestamptz not null default now(),
  primary key (tenant, id),
  foreign key (tenant, inquiry) references inquiries
);
create index inquiry_steps_of on inquiry_steps (tenant, inquiry, asked_at, id);

-- What may not be erased. Every member that is not null must fit; rows are released, never deleted.
create table holds (
  tenant      text not null references tenants,
  id          text not null,               -- hld_…: the hold.placed entry has the same id
  inquiry     text not null,
  subject     text,
  agent       text,
  type        text,
  session     text,
  from_at     timestamptz,
  to_at       timestamptz,
  decisions   text[],
  reason      text not null,
  placed_by   text not null,
  placed_at   timestamptz not null,
  released_by text,
  released_at timestamptz,
  released_entry text,
  primary key (tenant, id)
);
create index holds_active on holds (tenant) where released_at is null;

create table custody (
  tenant      text not null,
  inquiry     text not null,
  n           int not null,
  event       jsonb not null,
  digest      text not null,               -- SHA-256 of the event's canonical JSON, hex
  entry       text not null,               -- the ledger entry that holds the event
  primary key (tenant, inquiry, n),
  foreign key (tenant, inquiry) references inquiries
);
