// The time, for what is said about it ("3 min ago"): one clock for everything on the page.
import { Variable } from '../realtime/variable.ts'
import { useStore } from './useStore.ts'

const TICK_MS = 30_000

const now = new Variable(Date.now())
let watching = 0
let timer: ReturnType<typeof setInterval> | undefined

const clock = {
  subscribe(listener: () => void): () => void {
    const stop = now.subscribe(listener)
    watching += 1
    timer ??= setInterval(() => now.set(Date.now()), TICK_MS)
    return () => {
      stop()
      watching -= 1
      if (watching > 0) return
      clearInterval(timer)
      timer = undefined
    }
  },
  getSnapshot: now.getSnapshot,
}

/** Milliseconds since 1970, renewed twice a minute. */
export const useNow = (): number => useStore(clock)
