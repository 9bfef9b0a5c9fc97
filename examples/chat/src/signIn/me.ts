// Who is signed in, handed down to every screen.
import { createContext, use } from 'react'

/** The signed-in person. */
export type Me = {
  /** The user id. */
  readonly id: string
  readonly name: string
}

const MeContext = createContext<Me | undefined>(undefined)

/** Tells the screens below it who is signed in. */
export const MeProvider = MeContext.Provider

/** The signed-in person. Throws outside of `MeProvider`. */
export function useMe(): Me {
  const me = use(MeContext)
  if (me === undefined) throw new Error('useMe is used outside of MeProvider.')
  return me
}
