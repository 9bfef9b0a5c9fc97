// How much room there is. The widths are those in shell.css and pane.css.
import { useStore } from '../theme/useStore.ts'

function widthUpTo(pixels: number) {
  const query = matchMedia(`(max-width: ${pixels}px)`)
  return {
    subscribe(listener: () => void): () => void {
      query.addEventListener('change', listener)
      return () => query.removeEventListener('change', listener)
    },
    getSnapshot: (): boolean => query.matches,
  }
}

const narrow = widthUpTo(720)
const middling = widthUpTo(1000)

/** True when there is room for one pane only. */
export const useNarrow = (): boolean => useStore(narrow)

/** True when a thread or what is pinned stands before its conversation, not beside it. */
export const useCovering = (): boolean => useStore(middling)
