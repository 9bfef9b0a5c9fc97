// The bridge between this page's own stores and React.
import { useCallback, useSyncExternalStore } from 'react'

/** Something that changes and says so. */
type Store<Snapshot> = {
  subscribe(listener: () => void): () => void
  /** The same value until something changes. */
  getSnapshot(): Snapshot
}

/** The current snapshot of a store; renders again when it changes. */
export function useStore<Snapshot>(source: Store<Snapshot>): Snapshot {
  const subscribe = useCallback((listener: () => void) => source.subscribe(listener), [source])
  const getSnapshot = useCallback(() => source.getSnapshot(), [source])
  return useSyncExternalStore(subscribe, getSnapshot)
}
