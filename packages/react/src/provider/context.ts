// What the provider gives to everything below it.
import type { NowcastClient } from '@nowcast/client'
import { createContext, useContext } from 'react'

/** The client, and how it is shown. */
export interface NowcastContextValue {
  readonly client: NowcastClient
  readonly batchMs: number
}

/** Undefined outside of a provider. */
export const NowcastContext = createContext<NowcastContextValue | undefined>(undefined)

/** The client of the provider above. @throws Error when there is none */
export function useNowcast(): NowcastClient {
  const context = useContext(NowcastContext)
  if (context === undefined)
    throw new Error('Hooks and components of Nowcast need a <NowcastProvider> above them.')
  return context.client
}
