// The organization's threads and activity, for every page.
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { OrganizationLive } from '../data/organizationLive.ts'
import { useMe } from './me.tsx'
import { useRealtime } from './realtimeContext.tsx'

const Context = createContext<OrganizationLive | undefined>(undefined)

/** Follows the organization of who is signed in. */
export function OrganizationProvider({ children }: { readonly children: ReactNode }) {
  const realtime = useRealtime()
  const { organization } = useMe()
  const [live, setLive] = useState<OrganizationLive>()
  useEffect(() => {
    const made = new OrganizationLive(realtime, organization.id)
    setLive(made)
    return () => made.close()
  }, [realtime, organization.id])
  return live && <Context.Provider value={live}>{children}</Context.Provider>
}

/** The organization's threads and activity. */
export function useOrganization(): OrganizationLive {
  const live = useContext(Context)
  if (live === undefined) throw new Error('useOrganization needs an OrganizationProvider above it.')
  return live
}
