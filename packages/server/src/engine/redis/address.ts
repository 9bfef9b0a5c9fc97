// Where Redis is, as one address: a single server, servers watched by Sentinel, or a Redis Cluster.
import { StartupError } from '../../foundation/startupError.ts'

/** One server's place. */
export interface RedisServer {
  readonly host: string
  readonly port: number
}

/** What all ways to reach Redis have in common. */
interface Access {
  readonly username?: string
  readonly password?: string
  readonly tls: boolean
}

/** Where Redis is. */
export type RedisAddress = Access &
  (
    | { readonly kind: 'single'; readonly server: RedisServer; readonly database: number }
    | {
        readonly kind: 'sentinel'
        readonly sentinels: readonly RedisServer[]
        readonly name: string
        readonly database: number
      }
    | { readonly kind: 'cluster'; readonly servers: readonly RedisServer[] }
  )

const SHAPE = /^redis(s)?(\+sentinel|\+cluster)?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?$/
const REDIS_PORT = 6379
const SENTINEL_PORT = 26379

/**
 * Reads an address: `redis://user:password@host:6379/0`, `redis+sentinel://host,host/name/0`,
 * `redis+cluster://host,host`; with `rediss` instead of `redis` over TLS. User and password are percent-encoded.
 * @throws StartupError when it is none of these
 */
export function parseRedisAddress(text: string): RedisAddress {
  const match = SHAPE.exec(text)
  if (match === null) throw wrong('an address such as redis://host:6379 is needed')
  const [, secure, kind, credentials, hosts = '', path = ''] = match
  const access = { tls: secure !== undefined, ...parseCredentials(credentials) }
  if (kind === '+cluster') return { kind: 'cluster', servers: parseServers(hosts, REDIS_PORT), ...access }
  if (kind === '+sentinel') {
    const [name = '', database = '0'] = path.split('/')
    if (name === '')
      throw wrong("the path must name the Sentinel's master, as in redis+sentinel://host/mymaster")
    const sentinels = parseServers(hosts, SENTINEL_PORT)
    return { kind: 'sentinel', sentinels, name, database: parseDatabase(database), ...access }
  }
  const [server, ...more] = parseServers(hosts, REDIS_PORT)
  if (server === undefined || more.length > 0) {
    throw wrong('several servers are given as redis+sentinel:// or redis+cluster://')
  }
  return { kind: 'single', server, database: parseDatabase(path || '0'), ...access }
}

/** An address for people; holds no password. */
export function describeRedisAddress(address: RedisAddress): string {
  const list = (servers: readonly RedisServer[]) =>
    servers.map(({ host, port }) => `${host}:${port}`).join(', ')
  if (address.kind === 'single') return `Redis at ${list([address.server])}`
  if (address.kind === 'cluster') return `Redis Cluster at ${list(address.servers)}`
  return `Redis "${address.name}" by Sentinel at ${list(address.sentinels)}`
}

function parseCredentials(credentials: string | undefined) {
  if (credentials === undefined || credentials === '') return {}
  const [username = '', ...rest] = credentials.split(':')
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(rest.length === 0 ? {} : { password: decodeURIComponent(rest.join(':')) }),
  }
}

function parseServers(hosts: string, defaultPort: number): RedisServer[] {
  return hosts.split(',').map((server) => {
    const match = /^(\[[0-9a-fA-F:]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(server)
    const port = Number(match?.[2] ?? defaultPort)
    if (match?.[1] === undefined || port < 1 || port > 65_535)
      throw wrong(`"${server}" is not host or host:port`)
    return { host: match[1].replace(/^\[|\]$/g, ''), port }
  })
}

function parseDatabase(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw wrong(`"${text}" is not the number of a database`)
  return Number(text)
}

// The address itself may hold a password, so it is not repeated.
const wrong = (reason: string) => new StartupError(`The address of Redis can't be used: ${reason}.`)
