// The one bridge between a live object of the client and React.
import { useCallback, useSyncExternalStore } from 'react'

/** Something that changes and says so: every live object of the client, and this page's own stores. */
export type Live<Snapshot> = {
  subscribe(listener: () => void): () => void
  /** The same value until something changes. */
  getSnapshot(): Snapshot
}

/** The current snapshot of a live object; renders again when it changes. */
export function useLive<Snapshot>(source: Live<Snapshot>): Snapshot {
  const subscribe = useCallback((listener: () => void) => source.subscribe(listener), [source])
  const getSnapshot = useCallback(() => source.getSnapshot(), [source])
  return useSyncExternalStore(subscribe, getSnapshot)
}
