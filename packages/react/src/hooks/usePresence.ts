// Who is on a channel, and being there oneself.
import type { ChannelPresence, Json, Member, NowcastError, PresenceSnapshot } from '@nowcast/client'
import { useEffect, useMemo, useState } from 'react'
import { useBatched } from '../live/useBatched.ts'
import { useNowcast } from '../provider/context.ts'
import { useConnection } from './useConnection.ts'

/** Who is on a channel. */
export type PresenceHandle = PresenceSnapshot & {
  /** The user, where they are a member. */
  readonly me?: Member
  /** Why the user could not enter. */
  readonly enterError?: NowcastError
}

const IDLE: PresenceSnapshot = { status: 'idle', members: [], count: 0, complete: true }

/**
 * Who is on a channel, while the component is mounted.
 * @param options `enter`: makes the user a member for as long; a value that is not `true` is the member's data
 */
export function usePresence(
  channel: string | null,
  options: { readonly enter?: boolean | Json } = {},
): PresenceHandle {
  const client = useNowcast()
  const presence = useMemo(() => (channel === null ? undefined : client.presence(channel)), [client, channel])
  const snapshot = useBatched(presence, IDLE)
  const user = useConnection(userId)
  const enterError = useEntering(presence, options.enter ?? false)
  return useMemo(() => {
    const me = snapshot.members.find(({ id }) => id === user)
    return { ...snapshot, ...(me && { me }), ...(enterError && { enterError }) }
  }, [snapshot, user, enterError])
}

const userId = ({ user }: { readonly user?: { readonly id: string } }) => user?.id

/** How many components are there as whom the user is entered; the last one leaves. */
const entered = new WeakMap<ChannelPresence, number>()

function useEntering(presence: ChannelPresence | undefined, enter: boolean | Json): NowcastError | undefined {
  const [error, setError] = useState<NowcastError>()
  // The same data is the same wish, although it is another object at each render.
  const wish = enter === false ? undefined : JSON.stringify(enter)
  useEffect(() => {
    if (presence === undefined || wish === undefined) return
    let isMounted = true
    entered.set(presence, (entered.get(presence) ?? 0) + 1)
    presence.enter(wish === 'true' ? undefined : JSON.parse(wish)).catch((reason: NowcastError) => {
      if (isMounted) setError(reason)
    })
    return () => {
      isMounted = false
      setError(undefined)
      const others = (entered.get(presence) ?? 1) - 1
      entered.set(presence, others)
      if (others === 0) void presence.leave()
    }
  }, [presence, wish])
  return error
}
