// Whether there is room for one pane only. The width is the one in shell.css.
import { useStore } from '../theme/useStore.ts'

const query = matchMedia('(max-width: 720px)')

const narrow = {
  subscribe(listener: () => void): () => void {
    query.addEventListener('change', listener)
    return () => query.removeEventListener('change', listener)
  },
  getSnapshot: (): boolean => query.matches,
}

/** True when there is room for one pane only. */
export const useNarrow = (): boolean => useStore(narrow)
