// Puts together what a node knows of people: who is on which channel, who types, who is online.
import type { HubListener } from '../core/hub.ts'
import type { Engine } from '../engine/engine.ts'
import { People } from '../features/people/people.ts'
import type { PushCounts } from '../features/presence/audience.ts'
import { Entries } from '../features/presence/entries.ts'
import { ChannelPresence } from '../features/presence/presence.ts'
import { Rosters } from '../features/presence/rosters.ts'
import { WriteBehind } from '../features/presence/writeBehind.ts'
import { Typing } from '../features/typing/typing.ts'
import type { Clock } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { Logger } from '../foundation/log.ts'
import type { LastTyping, Store } from '../store/store.ts'

const TYPING_DELAY_MS = 3_000

/** What a node knows of people, told by its hub who comes and goes. */
export interface Presences extends Pick<HubListener, 'connected' | 'unsubscribed' | 'disconnected'> {
  readonly rosters: Rosters
  /** What audiences were sent, theirs and those of others who share the rosters. */
  readonly pushCounts: PushCounts
  readonly presence: ChannelPresence
  readonly typing: Typing
  readonly people: People
  readonly counts: PresenceCounts
  start(): void
  /** Takes back all that this node told the others. */
  stop(): Promise<void>
}

/** Figures of this node. */
export interface PresenceCounts {
  /** Users who are connected to it. */
  readonly presentUsers: number
  readonly onlineUsers: number
  readonly awayUsers: number
  /** Channels whose members are watched here or connected here. */
  readonly rooms: number
  /** Those with a member who is connected here. */
  readonly activeRooms: number
  readonly typingTimers: number
  /** Frames about members, typing and people that were put into outboxes, and their bytes. */
  readonly presencePushes: number
  readonly presencePushBytes: number
}

/** What they are built from. */
export interface PresencesParts {
  readonly config: Config
  /** This node's name. */
  readonly name: string
  readonly store: Store
  readonly engine: Pick<Engine, 'presence'>
  readonly clock: Clock
  readonly log: Logger
}

/** Builds what a node knows of people; must be called before the engine starts. */
export function assemblePresences({ config, name, store, engine, clock, log }: PresencesParts): Presences {
  const app = config.app.id
  const { batchWindow, linger, maxListed, sample, countInterval, maxDataBytes } = config.presence
  const counts: PushCounts = { pushes: 0, bytes: 0 }
  const rosters = new Rosters(engine.presence, clock)
  const entries = new Entries(engine.presence, clock)
  const shared = { rosters, entries, clock, counts }
  const waits = { batchWindowMs: batchWindow, lingerMs: linger }
  // The other half of an outbox is for what happens meanwhile.
  const maxBytes = config.connections.maxOutboxBytes / 2
  const bounds = { maxListed, sample, countIntervalMs: countInterval, maxDataBytes, maxBytes }
  const presence = new ChannelPresence({ ...shared, node: name, options: { ...waits, ...bounds } })
  const typed = new WriteBehind<LastTyping>({
    clock,
    log,
    delayMs: TYPING_DELAY_MS,
    what: 'when members last typed',
    write: (typing) => store.rememberTyping(app, typing),
  })
  const typing = new Typing({
    ...shared,
    options: {
      batchWindowMs: config.typing.batchWindow,
      maxListed: config.typing.maxListed,
      expiryMs: config.typing.expiry,
    },
    began: (conversation, user) =>
      typed.put(`${conversation}\0${user}`, { conversation, user, at: clock.now() }),
  })
  const people = new People({ ...shared, app, node: name, store, log, options: waits })
  return {
    rosters,
    pushCounts: counts,
    presence,
    typing,
    people,
    get counts() {
      const { users, online, away } = people.counts
      return {
        presentUsers: users,
        onlineUsers: online,
        awayUsers: away,
        ...presence.counts,
        typingTimers: typing.timers,
        presencePushes: counts.pushes,
        presencePushBytes: counts.bytes,
      }
    },
    connected: (connection) => people.connected(connection),
    unsubscribed(connection, key, how) {
      presence.unsubscribed(connection, key, how)
      typing.unsubscribed(connection, key)
    },
    disconnected: (connection) => people.disconnected(connection),
    start: () => people.start(),
    async stop() {
      presence.stop()
      typing.close()
      rosters.stop()
      await Promise.all([people.stop(), typed.stop(), entries.stop()])
    },
  }
}
