// Who looks at the page, and the names of the others.
import { createContext, type ReactNode, useCallback, useContext, useMemo } from 'react'
import type { Me, Person } from '../../shared/api.ts'

const Context = createContext<Me | undefined>(undefined)

/** Gives everything below it to know who is signed in. */
export function MeProvider({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
  return <Context.Provider value={me}>{children}</Context.Provider>
}

/** Who is signed in. */
export function useMe(): Me {
  const me = useContext(Context)
  if (me === undefined) throw new Error('useMe needs a MeProvider above it.')
  return me
}

/** Finds people of the organization by their ids; one who has left is called so. */
export function usePeople(): (id: string) => Person {
  const { people, user } = useMe()
  const byId = useMemo(() => new Map([...people, user].map((person) => [person.id, person])), [people, user])
  return useCallback((id) => byId.get(id) ?? { id, name: 'A former colleague', avatar: '' }, [byId])
}
