// Who may subscribe to which channel: an organization's people to its own, and to those of its threads.
import { organizationChannel, threadChannel } from '../../shared/api.ts'
import type { Queries } from '../database/database.ts'
import { id } from '../http/input.ts'
import type { Actor } from '../sessions/queries.ts'
import { findThread } from '../threads/queries.ts'

const THREAD_PREFIX = threadChannel('')

/** Whether somebody may subscribe to a channel; undefined channels are nobody's. */
export async function mayListen(
  queries: Queries,
  { organization }: Actor,
  channel: string,
): Promise<boolean> {
  if (channel === organizationChannel(organization.id)) return true
  if (!channel.startsWith(THREAD_PREFIX)) return false
  const thread = id.safeParse(channel.slice(THREAD_PREFIX.length))
  return thread.success && (await findThread(queries, organization.id, thread.data)) !== undefined
}
