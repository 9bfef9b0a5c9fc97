// A simulated node: the real engine, hub, features and sessions of one server process, over simulated links.
import { NowcastError } from '@nowcast/protocol'
import type { ChannelNature } from '../core/channelFeed.ts'
import { Hub, hubDefaults } from '../core/hub.ts'
import { Flusher } from '../core/outbox.ts'
import { RedisEngine } from '../engine/redis/redisEngine.ts'
import { Access } from '../features/channels/access.ts'
import { ChannelPolicies } from '../features/channels/policies.ts'
import { Publisher } from '../features/channels/publishing.ts'
import { type ChannelKey, channelKey, splitChannelKey } from '../foundation/channelKey.ts'
import type { Clock, Timer } from '../foundation/clock.ts'
import type { Config } from '../foundation/config/schema.ts'
import { createLogger } from '../foundation/log.ts'
import { plainFormat } from '../gateways/native/format.ts'
import { Session } from '../gateways/native/session.ts'
import type { Link, SessionApp, SessionContext } from '../gateways/native/sessionContext.ts'
import { assembleChat, assembleSharedChat, type Chat, type SharedChat } from '../node/chat.ts'
import { assemblePresences, type Presences } from '../node/people.ts'
import { type EndListener, type Route, SimulatedConnection } from './connection.ts'
import type { SimulatedDatabase, SimulatedStore } from './database.ts'
import { SimulatedProcess } from './process.ts'
import { SimulatedRedisLink } from './redisLink.ts'
import type { RedisServers } from './redisServers.ts'
import type { World } from './world.ts'

/** The prefix of all keys in Redis. */
export const KEY_PREFIX = 'n'
const CHECK_MS = 1_000
const CONVERSATION_LINGER_MS = 2_000
const log = createLogger('silent')

/** What a client sends to a node. */
export type ToNode = { readonly text: string }
/** What a node sends to a client. */
export type ToClient = { readonly bytes: Uint8Array } | { readonly closed: number }

/** What a node is made of. */
export interface NodeParts {
  readonly world: World
  readonly config: Config
  readonly servers: RedisServers
  readonly database: SimulatedDatabase
  readonly idempotencyWindowMs: number
  readonly recoveryLimit: number
  /** Channels of a node that nothing happens on, so that it takes long to compare all. */
  readonly idleChannels: number
}

/** One run of a node, from its start to its death. */
export class SimulatedNode {
  readonly process: SimulatedProcess
  /** The way to Redis. */
  readonly route: Route
  readonly link: SimulatedRedisLink
  readonly store: SimulatedStore
  readonly #world: World
  readonly #engine: RedisEngine
  readonly #hub: Hub
  readonly #shared: SharedChat
  readonly #chat: Chat
  readonly #presences: Presences
  readonly #context: SessionContext
  readonly #app: string
  readonly #idleChannels: number
  readonly #sessions = new Set<Session>()
  #checking: Timer | undefined
  #state: 'idle' | 'starting' | 'serving' | 'stopped' = 'idle'

  /** @param route the way to Redis, which outlives the node */
  constructor(parts: NodeParts, name: string, route: Route) {
    const { world, config, servers, database } = parts
    this.#world = world
    this.route = route
    this.#idleChannels = parts.idleChannels
    this.#app = config.app.id
    this.process = new SimulatedProcess(world, name, Math.round(world.between(-100, 100)))
    const { clock } = this.process
    this.link = new SimulatedRedisLink({ world, process: this.process, route, servers })
    this.store = database.openStore(this.process)
    const options = {
      prefix: KEY_PREFIX,
      node: world.newName(`${name}-`),
      idempotencyWindowMs: parts.idempotencyWindowMs,
    }
    this.#engine = new RedisEngine(this.link, clock, log, () => world.newName('epoch'), options)
    const policies = new ChannelPolicies(config.channels, log, clock)
    const natureOf = (key: ChannelKey) =>
      this.#chat.natureOf(splitChannelKey(key).channel) ?? this.#channelNature(policies, key)
    const bounds = { ...hubDefaults, lingerMs: CONVERSATION_LINGER_MS, recoveryLimit: parts.recoveryLimit }
    this.#hub = new Hub(this.#engine, clock, natureOf, bounds, (channel, error) =>
      world.fail('every history can be read', `${channel}: ${String(error)}`),
    )
    const { store } = this
    // No simulated client enters or types, so the hub need not tell who comes and goes.
    const nobody = { peopleOf: () => undefined, allPeople: () => [] }
    this.#presences = assemblePresences({
      config,
      name,
      store,
      engine: this.#engine,
      clock,
      log,
      ...nobody,
    })
    const { typing } = this.#presences
    const people = { mayHaveOther: () => true }
    const chatParts = { config, store, engine: this.#engine, hub: this.#hub, typing, clock, log }
    this.#shared = assembleSharedChat(chatParts)
    this.#chat = assembleChat(config.app.id, chatParts, this.#shared, people)
    this.#context = this.#sessionContext(config, policies, clock, natureOf)
  }

  get isStarted(): boolean {
    return this.#state !== 'idle'
  }

  get isServing(): boolean {
    return this.#state === 'serving' && this.process.state !== 'dead'
  }

  /** Starts; it serves when Redis was reached. */
  start(): void {
    this.#state = 'starting'
    void this.#engine.start(this.#hub).then(async () => {
      const { announcements } = this.#shared
      const { departures } = this.#chat
      await this.store.start({
        committed(app, conversation, offset) {
          announcements.committed(app, conversation, offset)
          departures.committed(conversation)
        },
        resynchronize() {
          announcements.resynchronize()
          departures.resynchronize()
        },
      })
      if (this.#state === 'stopped') return
      this.#state = 'serving'
      this.#world.note(this.process.name, 'serves')
      this.#check()
      for (let index = 0; index < this.#idleChannels; index += 1) {
        // Without Redis the node has fewer of them.
        this.#engine.subscribe(channelKey(this.#app, `idle-${index}`)).catch(() => {})
      }
    })
  }

  /** Tells the clients to go elsewhere, and stops as a node does. */
  stop(): void {
    this.#world.note(this.process.name, 'stops')
    this.#state = 'stopped'
    this.#checking?.cancel()
    const error = new NowcastError('draining', 'The server is going away; connect again.')
    for (const session of this.#sessions) session.fail(error)
    this.#shared.announcements.stop()
    this.#chat.departures.stop()
    this.#hub.stop()
    void this.#engine.stop()
    void this.store.stop()
  }

  /** Dies at once. */
  kill(): void {
    this.#world.note(this.process.name, 'is killed')
    this.process.kill()
  }

  /** Connects a client; the connection is closed at once when the node does not serve. */
  connect(
    route: Route,
    client: SimulatedProcess,
    listener: EndListener<ToClient>,
  ): SimulatedConnection<ToNode, ToClient> {
    let session: Session | undefined
    const connection: SimulatedConnection<ToNode, ToClient> = new SimulatedConnection(
      this.#world,
      route,
      { process: client, listener },
      {
        process: this.process,
        listener: {
          message: ({ text }) => session?.receive(text),
          closed: () => {
            connection.server.close()
            if (session !== undefined) this.#end(session)
          },
        },
      },
    )
    if (this.isServing) session = this.#open(connection)
    else connection.server.close()
    return connection
  }

  #open(connection: SimulatedConnection<ToNode, ToClient>): Session {
    let isOpen = true
    const link: Link = {
      format: plainFormat,
      address: 'client',
      ping: () => {},
      established: () => {},
      socket: {
        bufferedBytes: 0,
        write: (bytes) => {
          if (isOpen) connection.server.send({ bytes })
        },
        onceDrained: (run) => run(),
        close: (code) => {
          if (!isOpen) return
          isOpen = false
          connection.server.send({ closed: code })
          connection.server.close()
          this.process.clock.endOfTurn(() => this.#end(session))
        },
      },
    }
    const session = new Session(this.#context, this.#world.newName('connection'), link)
    this.#sessions.add(session)
    return session
  }

  #end(session: Session): void {
    if (this.#sessions.delete(session)) session.ended()
  }

  #check(): void {
    this.#checking = this.process.clock.after(CHECK_MS, () => {
      for (const session of this.#sessions) session.checkAlive(this.process.clock.now())
      this.#check()
    })
  }

  #channelNature(policies: ChannelPolicies, key: ChannelKey): ChannelNature {
    const { history, latestOnly, urgent } = policies.settings(splitChannelKey(key).channel)
    return {
      history: this.#engine,
      relayed: false,
      tail: Math.min(history.size, 100),
      latestOnly,
      urgent,
    }
  }

  #sessionContext(
    config: Config,
    policies: ChannelPolicies,
    clock: Clock,
    natureOf: (key: ChannelKey) => ChannelNature,
  ): SessionContext {
    const { connections, app } = config
    const served: SessionApp = {
      id: app.id,
      enabled: true,
      features: {
        hub: this.#hub,
        keys: () => [app],
        clientEvents: () => true,
        access: new Access(policies, this.#chat.conversations),
        historyOf: (key) => natureOf(key).history,
        publisher: new Publisher(app.id, this.#engine, policies, config.maxEventBytes, {
          keep: async () => {},
        }),
        conversations: this.#chat.conversations,
        membership: this.#chat.membership,
        messages: this.#chat.messages,
        messageReader: this.#chat.messageReader,
        receipts: this.#chat.receipts,
        inbox: this.#chat.inbox,
        presence: this.#presences.presence,
        typing: this.#presences.typing,
        people: this.#presences.createPeople(app.id),
        maxAnswerBytes: connections.maxOutboxBytes / 2,
      },
      // What is limited is refused by a rule of its own; here everything is to go through.
      commandLimits: { take: () => undefined },
      connectionLimits: undefined,
      // A token is the user's name.
      tokens: { verify: async (token) => ({ user: { id: token } }) },
    }
    return {
      appOf: () => served,
      node: this.process.name,
      hub: this.#hub,
      anonymous: false,
      flusher: new Flusher(clock, connections.batchWindow),
      clock,
      log,
      metrics: { refused: () => {} },
      heartbeatMs: connections.heartbeat,
      connectTimeoutMs: connections.connectTimeout,
      maxFrameBytes: connections.maxFrameBytes,
      maxOutboxBytes: connections.maxOutboxBytes,
      maxPendingCommands: connections.maxPendingCommands,
    }
  }
}
