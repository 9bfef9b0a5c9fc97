// The time, for what is said about it ("in 4 s", "Today").
import { useEffect, useState } from 'react'

/** Milliseconds since 1970, renewed every `everyMs` milliseconds. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
