// What can be done with a live object, as functions that can be handed on.
import type { Observable } from '@nowcast/client'
import { useContext, useMemo } from 'react'
import { NowcastContext } from '../provider/context.ts'
import { batched } from './batched.ts'

/** The methods of a live object that are for an application. */
export type Actions<T> = {
  readonly [K in keyof T as T[K] extends (...values: never[]) => unknown
    ? Exclude<K, 'subscribe' | 'getSnapshot' | 'forget'>
    : never]: T[K]
}

type Method = (...values: readonly unknown[]) => unknown

/** The actions of a live object, the same ones at each render. What they change on screen is shown at once. */
export function useActions<T extends Observable<unknown>>(live: T): Actions<T> {
  const batchMs = useContext(NowcastContext)?.batchMs ?? 0
  return useMemo(() => {
    const flush = () => batchMs > 0 && batched(live, batchMs).flush()
    const actions: Record<string, Method> = {}
    for (const [name, method] of methodsOf(live)) {
      actions[name] = (...values) => {
        const result: unknown = Reflect.apply(method, live, values)
        flush()
        return result
      }
    }
    // Its type says what was gathered.
    return actions as unknown as Actions<T>
  }, [live, batchMs])
}

/** The methods of an object's class, and of those that it extends. */
function methodsOf(live: object): ReadonlyMap<string, Method> {
  const methods = new Map<string, Method>()
  let prototype = Object.getPrototypeOf(live)
  while (prototype !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value === 'function' && name !== 'constructor' && !methods.has(name))
        methods.set(name, value)
    }
    prototype = Object.getPrototypeOf(prototype)
  }
  return methods
}
