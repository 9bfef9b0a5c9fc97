// Accounts and sessions in the database.
import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Account, Organization, Person } from '../../shared/api.ts'
import type { Queries } from '../database/database.ts'

/** Who asks: everything that they may see is their organization's. */
export interface Actor {
  readonly user: Person
  readonly organization: Organization
}

const TOKEN_BYTES = 32
const SECRET_BYTES = 32

/** How long a session lasts. */
export const SESSION_SECONDS = 7 * 24 * 3_600

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

const withOrganization = (queries: Queries) =>
  queries
    .selectFrom('users')
    .innerJoin('organizations', 'organizations.id', 'users.organization')
    .select(['users.id', 'users.name', 'users.avatar', 'users.email', 'users.organization'])
    .select('organizations.name as organizationName')

/** Everybody with an account. */
export async function listAccounts(queries: Queries): Promise<Account[]> {
  const rows = await withOrganization(queries)
    .orderBy('organizations.name', 'desc')
    .orderBy('users.name')
    .execute()
  return rows.map(({ id, name, avatar, email, organization, organizationName }) => ({
    id,
    name,
    avatar,
    email,
    organization: { id: organization, name: organizationName },
  }))
}

/** The people of an organization, by name. */
export function listPeople(queries: Queries, organization: string): Promise<Person[]> {
  return queries
    .selectFrom('users')
    .select(['id', 'name', 'avatar'])
    .where('organization', '=', organization)
    .orderBy('name')
    .execute()
}

/** Whose the address is, and the stored password. */
export function findAccount(
  queries: Queries,
  email: string,
): Promise<{ id: string; password: string } | undefined> {
  return queries
    .selectFrom('users')
    .select(['id', 'password'])
    .where('email', '=', email.toLowerCase())
    .executeTakeFirst()
}

/** Begins a session. @returns the token for the cookie */
export async function createSession(queries: Queries, user: string): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  await queries.deleteFrom('sessions').where('expires_at', '<', sql<Date>`now()`).execute()
  await queries
    .insertInto('sessions')
    .values({
      id: hashOf(token),
      user_id: user,
      expires_at: sql`now() + make_interval(secs => ${SESSION_SECONDS})`,
    })
    .execute()
  return token
}

/** Who has the token, as long as the session lasts. */
export async function findActor(queries: Queries, token: string): Promise<Actor | undefined> {
  const row = await withOrganization(queries)
    .innerJoin('sessions', 'sessions.user_id', 'users.id')
    .where('sessions.id', '=', hashOf(token))
    .where('sessions.expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
  return (
    row && {
      user: { id: row.id, name: row.name, avatar: row.avatar },
      organization: { id: row.organization, name: row.organizationName },
    }
  )
}

/** Ends a session; does nothing when it has ended. */
export async function endSession(queries: Queries, token: string): Promise<void> {
  await queries.deleteFrom('sessions').where('id', '=', hashOf(token)).execute()
}

/** The secret that signs cookies: made once, the same for all backends on the database. */
export async function cookieSecret(queries: Queries): Promise<string> {
  await queries
    .insertInto('secrets')
    .values({ name: 'cookies', value: randomBytes(SECRET_BYTES).toString('hex') })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { value } = await queries
    .selectFrom('secrets')
    .select('value')
    .where('name', '=', 'cookies')
    .executeTakeFirstOrThrow()
  return value
}
