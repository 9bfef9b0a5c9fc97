// The title of the browser's tab.
import { useEffect } from 'react'

/** Shows a title in the tab as long as the component is mounted. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === 'Threads' || title === '' ? 'Threads' : `${title} · Threads`
  }, [title])
}
