// The realtime service for everything below.
import { createContext, type ReactNode, useContext } from 'react'
import type { Realtime } from '../realtime/realtime.ts'

const Context = createContext<Realtime | undefined>(undefined)

/** Gives a realtime service to everything below it. */
export function RealtimeProvider(props: { readonly realtime: Realtime; readonly children: ReactNode }) {
  return <Context.Provider value={props.realtime}>{props.children}</Context.Provider>
}

/** The realtime service. */
export function useRealtime(): Realtime {
  const realtime = useContext(Context)
  if (realtime === undefined) throw new Error('useRealtime needs a RealtimeProvider above it.')
  return realtime
}
