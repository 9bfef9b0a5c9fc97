// Where the client comes from.
import {
  type ClientOptions,
  createClient,
  findSharedClient,
  type NowcastClient,
  shareClient,
} from '@nowcast/client'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { useLatest } from '../live/useLatest.ts'
import { NowcastContext } from './context.ts'

/** A client, or the options of one that the page shares. */
export type NowcastProviderProps = {
  /**
   * What comes in bursts (messages, events, presence) is shown at once the first time, and what follows within so many
   * milliseconds together at their end. 0: everything at once. Default 100.
   */
  readonly batchMs?: number
  readonly children?: ReactNode
} & (
  | { readonly client: NowcastClient; readonly options?: never }
  | {
      /** Made once for all providers with the same `url`, `key` and `user`, and closed after the last of them is gone. */
      readonly options: ClientOptions
      readonly client?: never
    }
)

const DEFAULT_BATCH_MS = 100

/** Gives a client to everything below it. The client connects when something below first needs it. */
export function NowcastProvider({ batchMs = DEFAULT_BATCH_MS, children, ...source }: NowcastProviderProps) {
  return source.client === undefined ? (
    <SharedProvider options={source.options} batchMs={batchMs}>
      {children}
    </SharedProvider>
  ) : (
    <Given client={source.client} batchMs={batchMs}>
      {children}
    </Given>
  )
}

function Given({
  client,
  batchMs,
  children,
}: {
  client: NowcastClient
  batchMs: number
  children: ReactNode
}) {
  const value = useMemo(() => ({ client, batchMs }), [client, batchMs])
  return <NowcastContext.Provider value={value}>{children}</NowcastContext.Provider>
}

function SharedProvider(props: { options: ClientOptions; batchMs: number; children: ReactNode }) {
  const { options, batchMs, children } = props
  const { url, key, user } = options
  const latest = useLatest(options)
  const [given, setGiven] = useState(() => ({ id: idOf(options), client: find(options) }))
  // Another server or user is another client.
  const id = idOf({ url, ...(key !== undefined && { key }), ...(user !== undefined && { user }) })
  let { client } = given
  if (id !== given.id) {
    client = find(options)
    setGiven({ id, client })
  }
  useEffect(() => {
    const shared = shareClient(latest.current)
    // The one that was found may have been closed since, e.g. while this was hidden.
    if (shared.client !== client) setGiven({ id, client: shared.client })
    return () => {
      // What is mounted again in this turn goes on with the same one.
      setTimeout(shared.release, 0)
    }
  }, [id, client, latest])
  return (
    <Given client={client} batchMs={batchMs}>
      {children}
    </Given>
  )
}

/** On a server, requests of different users share nothing. */
const find = (options: ClientOptions): NowcastClient =>
  typeof document === 'undefined' ? createClient(options) : findSharedClient(options)

const idOf = ({ url, key = '', user = '' }: ClientOptions): string => `${url}\n${key}\n${user}`
