// A feed of what happens on a channel.
import { useMemo } from 'react'
import { ActivityLog, type ActivitySnapshot, NO_ACTIVITY } from '../activity/activityLog.ts'
import { useBatched } from '../live/useBatched.ts'
import { useNowcast } from '../provider/context.ts'

const DEFAULT_LIMIT = 50

/**
 * The newest events of a channel, oldest first: those of its history, then those that arrive while the component is mounted.
 * @param options `limit`: how many, default 50; `events`: only those with these names
 */
export function useActivity(
  channel: string | null,
  { limit = DEFAULT_LIMIT, events }: { readonly limit?: number; readonly events?: readonly string[] } = {},
): ActivitySnapshot {
  const client = useNowcast()
  // The same names are the same wish, although they are another array at each render.
  const names = JSON.stringify(events ?? null)
  const log = useMemo(
    () =>
      channel === null
        ? undefined
        : new ActivityLog(client.channel(channel), limit, JSON.parse(names) ?? undefined),
    [client, channel, limit, names],
  )
  return useBatched(log, NO_ACTIVITY)
}
