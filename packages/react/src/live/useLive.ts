// The one bridge between what changes in the client and React.
import type { Observable } from '@nowcast/client'
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react'

const nothing = () => {}

/**
 * The current value of something live; renders again when it changes.
 * @param idle what is shown where there is nothing to look at, and on a server
 */
export function useLive<T>(source: Observable<T> | undefined, idle: T): T {
  const subscribe = useCallback((listener: () => void) => source?.subscribe(listener) ?? nothing, [source])
  const getSnapshot = () => (source === undefined ? idle : source.getSnapshot())
  return useSyncExternalStore(subscribe, getSnapshot, () => idle)
}

/**
 * A part of the current value of something live; renders again when that part changes, field by field where it is an
 * object.
 * @param select picks the part; it may be another function at each render
 */
export function useSelected<T, Part>(source: Observable<T>, idle: T, select: (value: T) => Part): Part {
  const shown = useRef<{ readonly part: Part } | undefined>(undefined)
  // Calculated once for each value, as useSyncExternalStore demands.
  const pick = useMemo(() => {
    let last: { readonly value: T; readonly part: Part } | undefined
    return (value: T): Part => {
      if (last !== undefined && last.value === value) return last.part
      const part = select(value)
      const before = last ?? shown.current
      last = { value, part: before !== undefined && isSame(before.part, part) ? before.part : part }
      return last.part
    }
  }, [select])
  const getIdle = () => pick(idle)
  const part = useSyncExternalStore(source.subscribe, () => pick(source.getSnapshot()), getIdle)
  useEffect(() => {
    shown.current = { part }
  }, [part])
  return part
}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const entries = Object.entries(one)
  const others = new Map<string, unknown>(Object.entries(other))
  return (
    entries.length === others.size &&
    entries.every(([name, value]) => others.has(name) && Object.is(others.get(name), value))
  )
}
