// The newest of a value that changes with each render, for what runs later.
import { useInsertionEffect, useRef } from 'react'

/** Holds what the last committed render was given. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value)
  // Before any other effect, so that none of them sees an old one.
  useInsertionEffect(() => {
    latest.current = value
  }, [value])
  return latest
}
