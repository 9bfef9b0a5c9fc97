// Whether a client is served, by what its URL says.
import type { Apps } from '../../features/apps/app.ts'
import { type Closing, closings } from './closings.ts'

/** What a client asks for. */
export interface Asked {
  /** The app's key; absent when the path names none. */
  readonly key: string | undefined
  readonly query: URLSearchParams
  /** Whether it is asked for through TLS; absent where nobody knows. */
  readonly isEncrypted?: boolean
}

/** A client that is served. */
export interface Welcome {
  readonly app: string
  /** The version of the protocol. */
  readonly protocol: number
}

const PATH = '/app'
const MIN_PROTOCOL = 4
const MAX_PROTOCOL = 7
const VERSION = /^[\w.+-]{1,64}$/

/** Whether it is the path of this protocol, well formed or not. */
export const isPusherPath = (path: string): boolean => path === PATH || path.startsWith(`${PATH}/`)

/** What the URL of a request asks for, path and query. */
export function parseUrl(url: string): Asked {
  const query = url.indexOf('?')
  const path = query === -1 ? url : url.slice(0, query)
  const key = /^\/app\/([^/]+)\/?$/.exec(path)?.[1]
  return { key, query: new URLSearchParams(query === -1 ? '' : url.slice(query + 1)) }
}

/** Whether a client is served. */
export function welcome(apps: Pick<Apps, 'byKey'>, { key, query, isEncrypted }: Asked): Welcome | Closing {
  if (key === undefined) return closings.noPath
  const app = apps.byKey(key)?.app
  if (app === undefined) return closings.unknownApp
  if (!app.enabled) return closings.disabled
  if (app.pusher.requireTls && isEncrypted !== true) return closings.tlsOnly
  const protocol = query.get('protocol')
  if (protocol === null) return closings.noProtocol
  if (!/^\d{1,9}$/.test(protocol) || !VERSION.test(query.get('version') ?? '0')) return closings.badVersion
  const version = Number(protocol)
  if (version < MIN_PROTOCOL || version > MAX_PROTOCOL) return closings.unsupportedProtocol
  return { app: app.id, protocol: version }
}
