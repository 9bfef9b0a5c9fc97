// The connection.
import type { ConnectionSnapshot } from '@nowcast/client'
import { useMemo } from 'react'
import { useSelected } from '../live/useLive.ts'
import { useNowcast } from '../provider/context.ts'

/** The connection, and what begins and ends it. */
export type ConnectionHandle = ConnectionSnapshot & { connect(): void; disconnect(): void }

const IDLE: ConnectionSnapshot = { state: 'idle', online: true, queued: 0 }
const all = (snapshot: ConnectionSnapshot) => snapshot

/** The connection as it is now. */
export function useConnection(): ConnectionHandle
/**
 * A part of the connection as it is now; renders again only when that part changes.
 * @param select picks the part, e.g. `({ state }) => state`
 */
export function useConnection<Part>(select: (snapshot: ConnectionSnapshot) => Part): Part
export function useConnection<Part>(
  select?: (snapshot: ConnectionSnapshot) => Part,
): Part | ConnectionHandle {
  const client = useNowcast()
  const part: Part | ConnectionSnapshot = useSelected<ConnectionSnapshot, Part | ConnectionSnapshot>(
    client.connection,
    IDLE,
    select ?? all,
  )
  const actions = useMemo(
    () => ({ connect: () => client.connect(), disconnect: () => client.disconnect() }),
    [client],
  )
  return select === undefined ? { ...(part as ConnectionSnapshot), ...actions } : (part as Part)
}
