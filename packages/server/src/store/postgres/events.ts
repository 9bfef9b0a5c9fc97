// A conversation under its lock, and the events that a change of its members or settings puts into its channel.
import type { ConversationEvents, Position } from '@nowcast/protocol'
import { type Kysely, sql } from 'kysely'
import type { MembershipChange, MembershipEvent, MembershipEventName } from '../membershipStore.ts'
import { conversationNotFound, type Standing } from '../roles.ts'
import type { Tables } from './tables.ts'

/** A conversation whose row this transaction holds. */
export interface LockedConversation extends Omit<Standing, 'role'> {
  readonly key: number
  readonly name: string
  readonly epoch: string
  readonly lastOffset: number
  readonly archivedAt: Date | null
  /** Absent when the configuration made it. */
  readonly createdBy: string | null
  readonly memberCount: number
  readonly maxMembers: number
}

/** An event that has no place yet. */
export type EventDraft = {
  readonly [Name in MembershipEventName]: { readonly name: Name; readonly data: ConversationEvents[Name] }
}[MembershipEventName]

/** Locks a conversation's row until the transaction ends. @throws NowcastError `conversation_not_found` */
export async function lockConversation(
  queries: Kysely<Tables>,
  app: string,
  id: string,
): Promise<LockedConversation> {
  const row = await queries
    .selectFrom('nowcast.conversations')
    .selectAll()
    .where('app', '=', app)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined) throw conversationNotFound()
  return {
    key: row.key,
    kind: row.kind,
    name: row.name,
    epoch: row.epoch,
    lastOffset: row.last_offset,
    permissions: { post: row.post_role, invite: row.invite_role },
    archived: row.archived_at !== null,
    archivedAt: row.archived_at,
    createdBy: row.created_by,
    memberCount: row.member_count,
    maxMembers: row.max_members,
  }
}

/** The change that a transaction has made, with its events appended to the conversation's log. */
export async function logChange<T>(
  queries: Kysely<Tables>,
  conversation: LockedConversation,
  actor: string,
  value: T,
  drafts: readonly EventDraft[],
): Promise<MembershipChange<T>> {
  const events = await append(queries, conversation, actor, drafts)
  const position = events.at(-1)?.position ?? placeOf(conversation)
  return { value, position, changed: true, events }
}

/** A change that was none. */
export function unchanged<T>(conversation: LockedConversation, value: T): MembershipChange<T> {
  return { value, position: placeOf(conversation), changed: false, events: [] }
}

async function append(
  queries: Kysely<Tables>,
  { key, epoch }: LockedConversation,
  sender: string,
  drafts: readonly EventDraft[],
): Promise<readonly MembershipEvent[]> {
  const names = drafts.map(({ name }) => name)
  const data = drafts.map((draft) => JSON.stringify(draft.data))
  const { rows } = await sql<{ n: number; offset: number; at: Date }>`
    select e.n, nowcast.append_change(${key}, e.kind, ${sender}, null, e.data) as "offset", now() as at
    from unnest(${names}::text[], ${data}::jsonb[]) with ordinality as e (kind, data, n)
  `.execute(queries)
  return rows
    .toSorted((one, other) => one.offset - other.offset)
    .flatMap(({ n, offset, at }) => {
      const draft = drafts[n - 1]
      if (draft === undefined) return []
      return [{ ...draft, sender, position: { epoch, offset }, timestamp: at.getTime() }]
    })
}

function placeOf({ epoch, lastOffset }: LockedConversation): Position {
  return { epoch, offset: lastOffset }
}
