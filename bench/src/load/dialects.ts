// How a subscriber greets each contestant: the path, and what to say until it is subscribed. Everything after that
// is counted, not read.
import type { ContestantName } from '../processes/contracts.ts'
import { ESCAPED_MOMENT_MARKER, MOMENT_MARKER } from '../wire/benchEvent.ts'
import { BENCH_KEY, signToken } from '../wire/token.ts'

/** Who a subscriber is and what it wants. */
interface Greeting {
  readonly user: string
  /** Absent: only connect. */
  readonly channel: string | undefined
  /** Where it was; absent: from now on. */
  readonly position: { readonly epoch: string; readonly offset: number } | undefined
}

/** What to do after a text came: answer, or be done; the last text comes along. */
type Step = { readonly say: string } | { readonly done: true } | { readonly wait: true }

/** A contestant's greeting. */
export interface Dialect {
  readonly path: string
  /** What stands before the moment in the bytes of an event. */
  readonly momentMarker: string
  /** What to say once the upgrade was answered; undefined: nothing, wait; `done`: that was all. */
  begin(greeting: Greeting): Step
  /** What to do after a text. @throws Error when the server refuses */
  next(text: string, greeting: Greeting): Step
}

const silent: Dialect = {
  path: '/',
  momentMarker: MOMENT_MARKER,
  begin: () => ({ done: true }),
  next: () => ({ done: true }),
}

const socketio: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  momentMarker: MOMENT_MARKER,
  begin: () => ({ wait: true }),
  next(text, { channel }) {
    if (text.startsWith('0')) return { say: '40' }
    if (text.startsWith('40')) {
      return channel === undefined ? { done: true } : { say: `420${JSON.stringify(['subscribe', channel])}` }
    }
    if (text.startsWith('430')) return { done: true }
    return { wait: true }
  },
}

const CONNECT = 1
const SUBSCRIBE = 2

const nowcast: Dialect = {
  path: '/nowcast',
  momentMarker: MOMENT_MARKER,
  begin: ({ user }) => ({
    say: JSON.stringify({ type: 'connect', id: CONNECT, version: 1, token: signToken(user) }),
  }),
  next(text, { channel, position }) {
    if (text.includes('"error"')) throw new Error(`Nowcast refuses: ${text}`)
    if (text.startsWith(`{"type":"reply","id":${SUBSCRIBE},`)) return { done: true }
    if (!text.startsWith(`{"type":"reply","id":${CONNECT},`)) return { wait: true }
    if (channel === undefined) return { done: true }
    const channels = [position === undefined ? { channel } : { channel, position }]
    return { say: JSON.stringify({ type: 'subscribe', id: SUBSCRIBE, channels }) }
  },
}

const pusher: Dialect = {
  path: `/app/${BENCH_KEY}?protocol=7&client=js&version=8.6.0&flash=false`,
  momentMarker: ESCAPED_MOMENT_MARKER,
  begin: () => ({ wait: true }),
  next(text, { channel }) {
    if (text.includes('"pusher:error"')) throw new Error(`Nowcast refuses: ${text}`)
    if (text.includes('"pusher_internal:subscription_succeeded"')) return { done: true }
    if (!text.includes('"pusher:connection_established"')) return { wait: true }
    if (channel === undefined) return { done: true }
    return { say: JSON.stringify({ event: 'pusher:subscribe', data: { channel } }) }
  },
}

/** The greeting of every contestant. */
export const dialects: Readonly<Record<ContestantName, Dialect>> = {
  floor: silent,
  ws: silent,
  'socket.io': socketio,
  nowcast,
  pusher,
  http: silent,
}
