// Members' rows: reading them, adding and taking away.
import { type ConversationMember, NowcastError, type Role } from '@nowcast/protocol'
import { type Kysely, sql } from 'kysely'
import type { Membership } from '../membershipStore.ts'
import type { Standing } from '../roles.ts'
import type { Database } from './database.ts'
import type { LockedConversation } from './events.ts'
import { conversationNotFound } from './lookup.ts'
import { toProfile } from './rows.ts'
import type { Tables } from './tables.ts'

const CHECK_VIOLATION = '23514'

/** The error for a conversation that has its most members. */
export function conversationFull(maxMembers: number): NowcastError {
  return new NowcastError('conversation_full', `A conversation has at most ${maxMembers} members.`)
}

/** What a user is to a conversation. @throws NowcastError `conversation_not_found` */
export async function readMembership(
  database: Database,
  app: string,
  id: string,
  user: string,
): Promise<Membership> {
  const found = await database.run((queries) =>
    queries
      .selectFrom('nowcast.conversations as c')
      .leftJoin('nowcast.members as m', (join) =>
        join.onRef('m.conversation', '=', 'c.key').on('m.user_id', '=', user),
      )
      .select(['c.kind', 'c.epoch', 'c.last_offset', 'm.role'])
      .where('c.app', '=', app)
      .where('c.id', '=', id)
      .executeTakeFirst(),
  )
  if (found === undefined) throw conversationNotFound()
  const position = { epoch: found.epoch, offset: found.last_offset }
  return { kind: found.kind, position, ...(found.role === null ? {} : { role: found.role }) }
}

/** The members of a conversation, by name. */
export async function listMembers(
  database: Database,
  app: string,
  id: string,
): Promise<readonly ConversationMember[]> {
  return database.run((queries) => selectMembers(queries, sql`c.app = ${app} and c.id = ${id}`))
}

/** Those of the users who are members. */
export async function findMembersAmong(
  database: Database,
  app: string,
  id: string,
  users: readonly string[],
): Promise<readonly string[]> {
  const rows = await database.run((queries) =>
    queries
      .selectFrom('nowcast.conversations as c')
      .innerJoin('nowcast.members as m', 'm.conversation', 'c.key')
      .select('m.user_id')
      .where('c.app', '=', app)
      .where('c.id', '=', id)
      .where('m.user_id', '=', sql<string>`any(${users})`)
      .execute(),
  )
  return rows.map(({ user_id }) => user_id)
}

/** What a user is to a conversation whose row is locked. */
export async function standingOf(
  queries: Kysely<Tables>,
  conversation: LockedConversation,
  user: string,
): Promise<Standing> {
  return { ...conversation, role: await findRole(queries, conversation, user) }
}

/** A user's role; undefined for who is not a member. */
export async function findRole(
  queries: Kysely<Tables>,
  { key }: LockedConversation,
  user: string,
): Promise<Role | undefined> {
  const row = await queries
    .selectFrom('nowcast.members')
    .select('role')
    .where('conversation', '=', key)
    .where('user_id', '=', user)
    .executeTakeFirst()
  return row?.role
}

/** The members among some users of a conversation whose row is locked, in the order of `users`. */
export async function readMembers(
  queries: Kysely<Tables>,
  { key }: LockedConversation,
  users: readonly string[],
): Promise<readonly ConversationMember[]> {
  const found = await selectMembers(queries, sql`c.key = ${key} and m.user_id = any(${users})`)
  const byId = new Map(found.map((member) => [member.id, member]))
  return users.flatMap((user) => byId.get(user) ?? [])
}

/** One member of a conversation whose row is locked. */
export async function readMember(
  queries: Kysely<Tables>,
  conversation: LockedConversation,
  user: string,
): Promise<ConversationMember> {
  const [member] = await readMembers(queries, conversation, [user])
  if (member === undefined) throw new NowcastError('internal', 'A member is missing in the database.')
  return member
}

/**
 * Locks members' rows in the order in which receipts lock them, for who changes several of a conversation that it holds:
 * in any other order the two could wait for each other.
 */
export async function lockMembers(
  queries: Kysely<Tables>,
  { key }: LockedConversation,
  users: readonly string[],
): Promise<void> {
  await queries
    .selectFrom('nowcast.members')
    .select('user_id')
    .where('conversation', '=', key)
    .where('user_id', '=', sql<string>`any(${users})`)
    .orderBy('user_id')
    .forUpdate()
    .execute()
}

/**
 * Adds users who are no members, all or nobody. What was sent before they came is not unread to them.
 * @throws NowcastError `conversation_full`
 */
export async function addMembers(
  queries: Kysely<Tables>,
  conversation: LockedConversation,
  users: readonly string[],
  role: Role,
): Promise<void> {
  const { key, lastOffset, maxMembers } = conversation
  try {
    await countMembers(queries, key, users.length)
  } catch (error) {
    if ((error as { code?: unknown }).code === CHECK_VIOLATION) throw conversationFull(maxMembers)
    throw error
  }
  // Each of them gets an event of its own in the log.
  const joined = lastOffset + users.length
  const rows = users.map((user) => ({
    conversation: key,
    user_id: user,
    role,
    delivered_offset: joined,
    read_offset: joined,
  }))
  await queries.insertInto('nowcast.members').values(rows).execute()
}

/** Gives a member of a conversation whose row is locked a role. */
export async function setRole(
  queries: Kysely<Tables>,
  conversation: LockedConversation,
  user: string,
  role: Role,
): Promise<ConversationMember> {
  await queries
    .updateTable('nowcast.members')
    .set({ role })
    .where('conversation', '=', conversation.key)
    .where('user_id', '=', user)
    .execute()
  return readMember(queries, conversation, user)
}

/** Takes a member away. */
export async function deleteMember(
  queries: Kysely<Tables>,
  { key }: LockedConversation,
  user: string,
): Promise<void> {
  await queries
    .deleteFrom('nowcast.members')
    .where('conversation', '=', key)
    .where('user_id', '=', user)
    .execute()
  await countMembers(queries, key, -1)
}

async function countMembers(queries: Kysely<Tables>, key: number, change: number): Promise<void> {
  await queries
    .updateTable('nowcast.conversations')
    .set((expression) => ({ member_count: expression('member_count', '+', change) }))
    .where('key', '=', key)
    .execute()
}

interface MemberRow {
  readonly user_id: string
  readonly role: Role
  readonly joined_at: Date
  readonly name: string | null
  readonly avatar: string | null
  readonly last_seen_at: Date | null
}

async function selectMembers(
  queries: Kysely<Tables>,
  condition: ReturnType<typeof sql>,
): Promise<readonly ConversationMember[]> {
  const { rows } = await sql<MemberRow>`
    select m.user_id, m.role, m.joined_at, u.name, u.avatar, u.last_seen_at
    from nowcast.conversations c
    join nowcast.members m on m.conversation = c.key
    left join nowcast.users u on u.app = c.app and u.id = m.user_id
    where ${condition}
    order by coalesce(u.name, m.user_id), m.user_id
  `.execute(queries)
  return rows.map((row) => ({
    ...toProfile(row.user_id, row.name, row.avatar),
    role: row.role,
    joinedAt: row.joined_at.getTime(),
    ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at.getTime() }),
  }))
}
