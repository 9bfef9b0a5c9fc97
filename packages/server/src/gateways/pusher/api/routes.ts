// What stands at which path of Pusher's HTTP API, and how each request is answered.
import { NowcastError } from '@nowcast/protocol'
import type { App } from '../../../features/apps/app.ts'
import type { Termination } from '../../../features/people/termination.ts'
import type { Clock } from '../../../foundation/clock.ts'
import { type ChannelOccupancy, ChannelQueries } from './channels.ts'
import { parseBatch, parseBody, parseEvent } from './events.ts'
import { isUserId } from './names.ts'
import type { BackendRequest } from './requests.ts'
import { Triggering } from './triggering.ts'

/** What answers are made from. */
export interface AnswerParts {
  readonly occupancy: ChannelOccupancy
  readonly termination: Pick<Termination, 'terminate'>
  readonly clock: Clock
}

/** A place of the API, found by a request's method and path. */
export interface Place {
  /** The app that the path names. */
  readonly app: string
  readonly route: Route
  /** The part of the path that names a channel or a user; empty where there is none. */
  readonly name: string
}

/** How the requests to a place are answered. */
export interface Route {
  /** Largest body; 0 for requests that have none. */
  maxBytes(app: App): number
  /** Answers a request that is the backend's. @throws NowcastError */
  answer(request: BackendRequest, name: string): Promise<object>
}

/** One character of data takes so many bytes of JSON at most. */
const ESCAPED = 6
/** A name of a channel or user, with quotes and comma, and all else that an event has. */
const NAME_BYTES = 1_024
const OVERHEAD_BYTES = 8_192

type RouteName = 'events' | 'batch' | 'channels' | 'channel' | 'users' | 'terminate'

/** The places of the API. */
export class Routes {
  readonly #routes: Readonly<Record<RouteName, Route>>

  constructor(parts: AnswerParts) {
    const queries = new ChannelQueries(parts.occupancy, parts.clock)
    const triggering = new Triggering(queries, parts.clock)
    this.#routes = {
      events: {
        maxBytes: eventBytes,
        answer: async ({ app, body, signature }) =>
          triggering.event(app, parseEvent(parseBody(body), app.pusher), signature),
      },
      batch: {
        maxBytes: batchBytes,
        answer: async ({ app, body, signature }) =>
          triggering.batch(app, parseBatch(parseBody(body), app.pusher), signature),
      },
      channels: { maxBytes: none, answer: ({ app, parameters }) => queries.channels(app, parameters) },
      channel: {
        maxBytes: none,
        answer: ({ app, parameters }, channel) => queries.channel(app, channel, parameters),
      },
      users: { maxBytes: none, answer: ({ app }, channel) => queries.users(app, channel) },
      terminate: {
        maxBytes: () => OVERHEAD_BYTES,
        async answer({ app }, user) {
          if (!isUserId(user, app.pusher)) throw new NowcastError('invalid_command', 'Invalid user id')
          await parts.termination.terminate(app.id, user)
          return {}
        },
      },
    }
  }

  /**
   * What stands at a path.
   * @param path as it was sent, without the query
   * @throws NowcastError `not_found`, `invalid_command` when it is escaped wrongly
   */
  find(method: string, path: string): Place {
    const [, , app = '', ...rest] = path.split('/')
    const found = method === 'POST' ? postOf(rest) : method === 'GET' ? getOf(rest) : undefined
    if (found === undefined) throw nothingThere()
    return { app: unescapeText(app), route: this.#routes[found.route], name: unescapeText(found.name) }
  }
}

interface Found {
  readonly route: RouteName
  readonly name: string
}

function postOf(rest: readonly string[]): Found | undefined {
  const [first, second] = rest
  if (rest.length === 1 && first === 'events') return { route: 'events', name: '' }
  if (rest.length === 1 && first === 'batch_events') return { route: 'batch', name: '' }
  if (first !== 'users' || second === undefined || rest.at(-1) !== 'terminate_connections') return undefined
  // Libraries do not escape the id, which may have slashes.
  return { route: 'terminate', name: rest.slice(1, -1).join('/') }
}

function getOf(rest: readonly string[]): Found | undefined {
  const [first, channel = '', last] = rest
  if (first !== 'channels') return undefined
  if (rest.length === 1) return { route: 'channels', name: '' }
  if (rest.length === 2) return { route: 'channel', name: channel }
  return rest.length === 3 && last === 'users' ? { route: 'users', name: channel } : undefined
}

function unescapeText(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new NowcastError('invalid_command', 'The path is escaped wrongly', { cause })
  }
}

const none = () => 0

const eventBytes = ({ pusher: { maxEventBytes, maxChannelsPerEvent } }: App): number =>
  maxEventBytes * ESCAPED + maxChannelsPerEvent * NAME_BYTES + OVERHEAD_BYTES

const batchBytes = ({ pusher: { maxEventBytes, maxBatch } }: App): number =>
  (maxEventBytes * ESCAPED + NAME_BYTES * 2) * maxBatch + OVERHEAD_BYTES

const nothingThere = () => new NowcastError('not_found', 'There is nothing at this path')
