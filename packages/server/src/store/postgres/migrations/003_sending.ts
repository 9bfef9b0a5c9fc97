// Sending with threads, mentions, attachments, permissions and streamed messages. The comments in the statements say what
// a later reader can't see.
import { type Kysely, sql } from 'kysely'

/** Adds the function that sends, and indexes streamed messages by their id. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `create index messages_streamed on nowcast.messages (conversation, message_id) where streamed`,

  // As long as a table has no statistics, all indexes that begin with the conversation seem equally good, and of those the
  // planner takes the youngest: it must be one that leads to a single message.
  `alter table nowcast.messages drop constraint messages_conversation_sender_message_id_key`,
  `alter table nowcast.messages add unique (conversation, sender, message_id)`,
  // The main timeline, and what threads can begin with.
  `create unique index messages_timeline on nowcast.messages (conversation, "offset") where thread is null`,

  // The conversations are locked first, in the order of their keys, so that batches of several nodes can't
  // deadlock, and by a statement of its own, so that the next one sees what the previous holder committed: messages,
  // and who may send.
  // Every lookup is lateral with a limit: one probe of a unique index for each message, whatever the planner knows of
  // the tables. A young table has no statistics, and a hash or merge join would read whole conversations. Nor may a plan
  // that was made while the tables were empty read them from end to end when they are not any more.
  `create function nowcast.send_messages(
    p_app text[], p_conversation text[], p_sender text[], p_message_id text[], p_body text[], p_metadata jsonb[],
    p_thread bigint[], p_mentions jsonb[], p_attachments jsonb[], p_streamed boolean[]
  ) returns table (
    n bigint, outcome text, duplicate boolean, epoch text, "offset" bigint, body text, metadata jsonb,
    created_at timestamptz, edited_at timestamptz, deleted_at timestamptz,
    thread bigint, replies integer, last_reply_at timestamptz, mentions text[], attachments jsonb, reactions jsonb,
    pinned_at timestamptz, pinned_by text, streaming boolean
  ) language plpgsql set enable_seqscan = off as $$
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
      select i.*, c.key, c.epoch, c.last_offset, m.is_member, found.earlier, (found.earlier)."offset" as earlier_offset,
        root.message_id as root_id, root.sender as root_sender,
        named.members as named,
        -- In the order in which they are said: the first one is the outcome.
        case
          when c.archived_at is not null then 'conversation_archived'
          when not m.may_send then 'forbidden'
          when i.thread is not null and root.message_id is null then 'message_not_found'
        end as refusal,
        -- Within one batch, the first draft of an id is the message and the others repeat it.
        first_value(i.n) over same_id as first_n
      from unnest(
        p_app, p_conversation, p_sender, p_message_id, p_body, p_metadata, p_thread, p_mentions, p_attachments, p_streamed
      ) with ordinality
        as i (app, conversation, sender, message_id, body, metadata, thread, mentions, attachments, streamed, n)
      left join lateral (
        select c.key, c.epoch, c.last_offset, c.post_role, c.archived_at from nowcast.conversations c
        where c.app = i.app and c.id = i.conversation limit 1
      ) c on true
      left join lateral (
        select true as is_member,
          c.post_role = 'member' or m.role = 'owner' or (c.post_role = 'admin' and m.role = 'admin') as may_send
        from nowcast.members m where m.conversation = c.key and m.user_id = i.sender limit 1
      ) m on true
      left join lateral (
        select e as earlier from nowcast.messages e
        where e.conversation = c.key and e.sender = i.sender and e.message_id = i.message_id limit 1
      ) found on true
      left join lateral (
        select r.message_id, r.sender from nowcast.messages r
        where r.conversation = case when i.thread is not null then c.key end and r."offset" = i.thread
          and r.thread is null limit 1
      ) root on true
      left join lateral (
        select array_agg(wanted.id order by wanted.place) as members
        from jsonb_array_elements_text(i.mentions) with ordinality as wanted (id, place)
        cross join lateral (
          select 1 from nowcast.members m where m.conversation = c.key and m.user_id = wanted.id limit 1
        ) known
      ) named on true
      window same_id as (partition by i.app, i.conversation, i.sender, i.message_id order by i.n)
    ),
    fresh as (
      select input.*, last_offset + row_number() over (partition by key order by input.n) as new_offset
      from input where is_member and earlier_offset is null and refusal is null and input.n = first_n
    ),
    inserted as (
      insert into nowcast.messages (
        conversation, "offset", message_id, sender, body, metadata, created_at, thread, mentions, attachments, streamed,
        streaming
      )
      select key, new_offset, message_id, sender, fresh.body, fresh.metadata, now(), fresh.thread, named,
        fresh.attachments, streamed, streamed
      from fresh
    ),
    -- The roots exist, so nothing is inserted: this is an update that finds each by a probe of the primary key.
    answered as (
      insert into nowcast.messages as root (
        conversation, "offset", message_id, sender, body, created_at, replies, last_reply_at
      )
      select key, fresh.thread, min(root_id), min(root_sender), '', now(), count(*), now() from fresh
      where fresh.thread is not null group by key, fresh.thread
      on conflict (conversation, "offset") do update
        set replies = root.replies + excluded.replies, last_reply_at = excluded.last_reply_at
    ),
    mentioned as (
      insert into nowcast.mentions (conversation, user_id, "offset")
      select key, named_user, new_offset from fresh cross join lateral unnest(fresh.named) as named_user
      where named_user <> sender
    ),
    moved as (
      update nowcast.conversations c set last_offset = last.new_offset, last_activity_at = now()
      from (select key, max(new_offset) as new_offset from fresh group by key) last where c.key = last.key
    )
    select input.n,
      case
        when input.key is null then 'conversation_not_found'
        when input.is_member is null then 'not_a_member'
        when input.earlier_offset is not null then case
          when (input.earlier).streamed <> input.streamed or (input.earlier).thread is distinct from input.thread
            then 'conflict'
          -- What was edited, deleted or streamed since can't be compared with the first body any more.
          when (input.earlier).body <> input.body and (input.earlier).edited_at is null
            and (input.earlier).deleted_at is null and not input.streamed then 'conflict'
          else 'sent'
        end
        when input.refusal is not null then input.refusal
        when first.body <> input.body or first.thread is distinct from input.thread
          or first.streamed <> input.streamed then 'conflict'
        when first.refusal is not null then first.refusal
        else 'sent'
      end,
      input.earlier_offset is not null or input.n <> input.first_n,
      input.epoch,
      coalesce(input.earlier_offset, fresh.new_offset),
      case when input.earlier_offset is null then first.body else (input.earlier).body end,
      case when input.earlier_offset is null then first.metadata else (input.earlier).metadata end,
      coalesce((input.earlier).created_at, now()),
      (input.earlier).edited_at,
      (input.earlier).deleted_at,
      input.thread,
      coalesce((input.earlier).replies, 0),
      (input.earlier).last_reply_at,
      case when input.earlier_offset is null then first.named else (input.earlier).mentions end,
      case when input.earlier_offset is null then first.attachments else (input.earlier).attachments end,
      (input.earlier).reactions,
      (input.earlier).pinned_at,
      (input.earlier).pinned_by,
      case when input.earlier_offset is null then input.streamed else (input.earlier).streaming end
    from input
    join input first on first.n = input.first_n
    left join fresh on fresh.n = input.first_n
    order by input.n;

    perform nowcast.notify_committed(v_keys);
  end
  $$`,

  // Nodes of the version before this one go on sending while they are replaced one by one.
  `create or replace function nowcast.send_messages(
    p_app text[], p_conversation text[], p_sender text[], p_message_id text[], p_body text[], p_metadata jsonb[]
  ) returns table (
    n bigint, outcome text, duplicate boolean, epoch text, "offset" bigint, body text, metadata jsonb,
    created_at timestamptz, edited_at timestamptz, deleted_at timestamptz
  ) language sql as $$
    select sent.n, sent.outcome, sent.duplicate, sent.epoch, sent."offset", sent.body, sent.metadata, sent.created_at,
      sent.edited_at, sent.deleted_at
    from nowcast.send_messages(
      p_app, p_conversation, p_sender, p_message_id, p_body, p_metadata,
      array_fill(null::bigint, array[cardinality(p_app)]), array_fill(null::jsonb, array[cardinality(p_app)]),
      array_fill(null::jsonb, array[cardinality(p_app)]), array_fill(false, array[cardinality(p_app)])
    ) sent
    order by sent.n
  $$`,
]
