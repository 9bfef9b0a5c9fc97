// Conversations, their members and messages. The comments in the statements say what a later reader can't see.
import { type Kysely, sql } from 'kysely'

/** Creates the tables, indexes and functions of conversations. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `create extension if not exists pg_trgm`,
  `create schema if not exists nowcast`,

  `create table nowcast.users (
    app text not null,
    id text not null,
    name text,
    avatar text,
    updated_at timestamptz not null default now(),
    primary key (app, id)
  )`,

  // The rows of one conversation are found by a number; its public id appears only here.
  `create table nowcast.conversations (
    key bigint generated always as identity primary key,
    app text not null,
    id text not null,
    kind text not null check (kind in ('open', 'closed', 'direct')),
    name text not null,
    support boolean not null default false,
    member_count integer not null default 0,
    max_members integer not null,
    epoch text not null default replace(gen_random_uuid()::text, '-', ''),
    last_offset bigint not null default 0,
    created_by text,
    created_at timestamptz not null default now(),
    last_activity_at timestamptz not null default now(),
    unique (app, id),
    constraint conversation_full check (member_count <= max_members)
  ) with (fillfactor = 70)`,

  `create table nowcast.members (
    conversation bigint not null references nowcast.conversations (key) on delete cascade,
    user_id text not null,
    role text not null check (role in ('owner', 'admin', 'member')),
    status text not null default 'active',
    joined_at timestamptz not null default now(),
    last_seen_at timestamptz,
    last_typing_at timestamptz,
    delivered_offset bigint not null default 0,
    read_offset bigint not null default 0,
    primary key (conversation, user_id)
  )`,
  `create index members_user_conversation on nowcast.members (user_id, conversation)`,

  // Written by send_messages alone, which holds the conversation's row: a foreign key would only repeat that check.
  `create table nowcast.messages (
    conversation bigint not null,
    "offset" bigint not null,
    message_id text not null,
    sender text not null,
    body text not null check (octet_length(body) <= 2048),
    metadata jsonb,
    created_at timestamptz not null,
    delivered_at timestamptz,
    read_at timestamptz,
    edited_at timestamptz,
    deleted_at timestamptz,
    primary key (conversation, "offset"),
    unique (conversation, sender, message_id)
  )`,
  `create index messages_conversation_created on nowcast.messages (conversation, created_at desc)`,
  `create index messages_body_trigram on nowcast.messages using gin (body gin_trgm_ops) with (gin_pending_list_limit = 16384)`,

  // Every offset of a conversation is a row of messages or of conversation_changes: the log has no holes.
  `create table nowcast.conversation_changes (
    conversation bigint not null references nowcast.conversations (key) on delete cascade,
    "offset" bigint not null,
    kind text not null check (kind in ('message:edited', 'message:deleted', 'member:joined', 'member:left')),
    actor text not null,
    message_offset bigint,
    data jsonb,
    created_at timestamptz not null default now(),
    primary key (conversation, "offset")
  )`,

  `create function nowcast.notify_committed(p_keys bigint[]) returns void language sql as $$
    -- A notification holds fewer than 8,000 bytes; 20 conversations fit, even when every character of the longest
    -- ids is escaped.
    select pg_notify('nowcast_committed', json_agg(json_build_array(app, id, last_offset))::text)
    from (
      select app, id, last_offset, (row_number() over () - 1) / 20 as chunk
      from nowcast.conversations where key = any (p_keys)
    ) moved group by chunk
  $$`,

  // The caller has locked the conversation's row.
  `create function nowcast.append_change(p_key bigint, p_kind text, p_actor text, p_message_offset bigint, p_data jsonb)
  returns bigint language plpgsql as $$
  declare
    v_offset bigint;
  begin
    update nowcast.conversations set last_offset = last_offset + 1, last_activity_at = now()
      where key = p_key returning last_offset into v_offset;
    insert into nowcast.conversation_changes (conversation, "offset", kind, actor, message_offset, data)
      values (p_key, v_offset, p_kind, p_actor, p_message_offset, p_data);
    perform nowcast.notify_committed(array[p_key]);
    return v_offset;
  end
  $$`,

  // The conversations are locked first, in the order of their keys, so that batches of several nodes can't
  // deadlock, and by a statement of its own, so that the next one sees what the previous holder committed.
  // Every lookup is lateral with a limit: one probe of a unique index for each message, whatever the planner knows of
  // the tables. A young table has no statistics, and a hash or merge join would read whole conversations.
  `create function nowcast.send_messages(
    p_app text[], p_conversation text[], p_sender text[], p_message_id text[], p_body text[], p_metadata jsonb[]
  ) returns table (
    n bigint, outcome text, duplicate boolean, epoch text, "offset" bigint, body text, metadata jsonb,
    created_at timestamptz, edited_at timestamptz, deleted_at timestamptz
  ) language plpgsql as $$
  #variable_conflict use_column
  declare
    v_keys bigint[];
  begin
    select array_agg(locked.key) into v_keys from (
      select c.key from nowcast.conversations c
      where (c.app, c.id) in (select * from unnest(p_app, p_conversation))
      order by c.key for update
    ) locked;

    return query
    with input as (
      select i.*, c.key, c.epoch, c.last_offset, m.is_member,
        e."offset" as earlier_offset, e.body as earlier_body, e.metadata as earlier_metadata,
        e.created_at as earlier_created_at, e.edited_at as earlier_edited_at, e.deleted_at as earlier_deleted_at,
        -- Within one batch, the first draft of an id is the message and the others repeat it.
        first_value(i.n) over same_id as first_n,
        first_value(i.body) over same_id as first_body,
        first_value(i.metadata) over same_id as first_metadata
      from unnest(p_app, p_conversation, p_sender, p_message_id, p_body, p_metadata) with ordinality
        as i (app, conversation, sender, message_id, body, metadata, n)
      left join lateral (
        select c.key, c.epoch, c.last_offset from nowcast.conversations c
        where c.app = i.app and c.id = i.conversation limit 1
      ) c on true
      left join lateral (
        select true as is_member from nowcast.members m
        where m.conversation = c.key and m.user_id = i.sender limit 1
      ) m on true
      left join lateral (
        select e.* from nowcast.messages e
        where e.conversation = c.key and e.sender = i.sender and e.message_id = i.message_id limit 1
      ) e on true
      window same_id as (partition by i.app, i.conversation, i.sender, i.message_id order by i.n)
    ),
    fresh as (
      select input.*, last_offset + row_number() over (partition by key order by input.n) as new_offset
      from input where is_member and earlier_offset is null and input.n = first_n
    ),
    inserted as (
      insert into nowcast.messages (conversation, "offset", message_id, sender, body, metadata, created_at)
      select key, new_offset, message_id, sender, fresh.body, fresh.metadata, now() from fresh
    ),
    moved as (
      update nowcast.conversations c set last_offset = last.new_offset, last_activity_at = now()
      from (select key, max(new_offset) as new_offset from fresh group by key) last where c.key = last.key
    )
    select input.n,
      case
        when input.key is null then 'conversation_not_found'
        when input.is_member is null then 'not_a_member'
        -- What was edited or deleted since can't be compared with the first body any more.
        when input.earlier_offset is not null and input.earlier_body <> input.body
          and input.earlier_edited_at is null and input.earlier_deleted_at is null then 'conflict'
        when input.earlier_offset is null and input.body <> input.first_body then 'conflict'
        else 'sent'
      end,
      input.earlier_offset is not null or input.n <> input.first_n,
      input.epoch,
      coalesce(input.earlier_offset, fresh.new_offset),
      coalesce(input.earlier_body, input.body),
      case when input.earlier_offset is null then input.first_metadata else input.earlier_metadata end,
      coalesce(input.earlier_created_at, now()),
      input.earlier_edited_at,
      input.earlier_deleted_at
    from input left join fresh on fresh.n = input.first_n
    order by input.n;

    perform nowcast.notify_committed(v_keys);
  end
  $$`,
]
