// What can be done with a live object, as functions that can be handed on.
import type { Observable } from '@nowcast/client'
import { useContext, useMemo } from 'react'
import { NowcastContext } from '../provider/context.ts'
import { batched } from './batched.ts'

/** Makes a function of a method of `T`. */
export type Bind<T> = <Values extends unknown[], Result>(
  method: (this: T, ...values: Values) => Result,
) => (...values: Values) => Result

/**
 * The actions of a live object, the same ones at each render. What they change on screen is shown at once.
 * @param actionsOf names them one by one; the same function at each render
 */
export function useActions<T extends Observable<unknown>, Actions>(
  live: T,
  actionsOf: (live: T, bind: Bind<T>) => Actions,
): Actions {
  const batchMs = useContext(NowcastContext)?.batchMs ?? 0
  return useMemo(() => {
    const bind: Bind<T> =
      (method) =>
      (...values) => {
        const result = method.apply(live, values)
        if (batchMs > 0) batched(live, batchMs).flush()
        return result
      }
    return actionsOf(live, bind)
  }, [live, actionsOf, batchMs])
}
