// Assembly: a configuration in, a running node out. The only place where the floors are put together.
import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  isChannelName,
  isEventName,
  type Json,
  type Metadata,
  NowcastError,
  type PublishResult,
} from '@nowcast/protocol'
import type { FastifyInstance } from 'fastify'
import { type ChannelNature, Hub, hubDefaults } from '../core/hub.ts'
import { Flusher } from '../core/outbox.ts'
import { MemoryEngine } from '../engine/memory/memoryEngine.ts'
import { Access } from '../features/channels/access.ts'
import { ChannelPolicies } from '../features/channels/policies.ts'
import { Publisher } from '../features/channels/publishing.ts'
import { TokenVerifier } from '../foundation/auth/tokens.ts'
import { type ChannelKey, splitChannelKey } from '../foundation/channelKey.ts'
import { systemClock } from '../foundation/clock.ts'
import { parseConfig } from '../foundation/config/load.ts'
import type { Config, ConfigInput } from '../foundation/config/schema.ts'
import { createLogger, type Logger } from '../foundation/log.ts'
import { Metrics } from '../foundation/metrics.ts'
import { StartupError } from '../foundation/startupError.ts'
import { attachHttp, createHttp } from '../gateways/http/server.ts'
import { NativeGateway } from '../gateways/native/gateway.ts'
import { assembleChat, type Chat, seedConversations } from './chat.ts'
import { type Database, openDatabase } from './database.ts'
import { readHealth } from './health.ts'
import { nodeName } from './identity.ts'
import { Lifetime } from './lifetime.ts'
import { observeNode } from './observations.ts'
import { findPages } from './pages.ts'
import { isDevelopment, refuseDevelopmentDefaults } from './production.ts'
import { ServiceWatch } from './serviceWatch.ts'

/** Publications of an ordinary channel kept in this node's memory for those who come back. */
const MAX_CHANNEL_TAIL = 100
const DRAIN_CHECK_MS = 50
/** Clients of a lost node arrive together; what overflows is tried again by their kernels only after a second. */
const LISTEN_BACKLOG = 4_096

/** A running node. */
export interface Node {
  readonly name: string
  /** Where the database is, for people; holds no password. */
  readonly database: string
  /**
   * Serves on the configured host and port.
   * @returns the address, e.g. `http://127.0.0.1:4000`
   * @throws StartupError when the port is taken or may not be used
   */
  listen(): Promise<string>
  /** Serves Nowcast's paths on a server of the application's own; its other requests stay its own. */
  attach(server: Server): void
  /**
   * Publishes as the application's backend.
   * @param options `id` is the idempotency key, made here when absent
   * @throws NowcastError `invalid_channel`, `invalid_event`, `data_too_large`, `idempotency_conflict`, `unavailable`
   */
  publish(
    channel: string,
    event: string,
    data: Json,
    options?: { readonly id?: string; readonly metadata?: Metadata },
  ): Promise<PublishResult>
  /** Moves clients elsewhere, finishes what was begun, and stops. Calling it again waits for the same stop. */
  stop(): Promise<void>
}

/**
 * Starts a node: its database, engine and features. It serves once `listen` or `attach` is called.
 * @param input the configuration; what is left out has the documented default
 * @throws StartupError in one sentence why it can't start
 */
export async function createNode(input: ConfigInput | Config = {}): Promise<Node> {
  const config = parseConfig(input)
  refuseDevelopmentDefaults(config)
  const pages = findPages(config)
  const log = createLogger(config.logLevel)
  const lifetime = new Lifetime()
  try {
    const database = await openDatabase(config, log)
    lifetime.add(() => database.close())
    return await assemble({ config, log, database, pages }, lifetime)
  } catch (error) {
    await lifetime.end().catch((failure: unknown) => {
      log.error({ error: failure }, 'what was started could not be stopped again')
    })
    throw error
  }
}

interface NodeParts {
  readonly config: Config
  readonly log: Logger
  readonly database: Database
  readonly pages: ReadonlyMap<string, string>
}

async function assemble({ config, log, database, pages }: NodeParts, lifetime: Lifetime): Promise<Node> {
  const { store } = database
  const clock = systemClock
  const metrics = new Metrics()
  const name = nodeName()
  const startedAt = clock.now()
  const engine = new MemoryEngine(clock, randomUUID)
  const policies = new ChannelPolicies(config.channels, log, clock)
  const natureOf = (key: ChannelKey) => chat.natureOf(key) ?? channelNature(key)
  const channelNature = (key: ChannelKey): ChannelNature => {
    const { history, latestOnly, urgent } = policies.settings(splitChannelKey(key).channel)
    return { history: engine, tail: Math.min(history.size, MAX_CHANNEL_TAIL), latestOnly, urgent }
  }
  const { connections } = config
  const bounds = { ...hubDefaults, maxSubscriptions: connections.maxSubscriptions }
  const hub = new Hub(engine, clock, natureOf, bounds, (channel, error) => {
    log.error({ channel, error }, 'what a channel missed could not be read; trying again')
  })
  const chat: Chat = assembleChat({ config, store, engine, hub, clock, log })
  const publisher = new Publisher(config.app.id, engine, policies, config.maxEventBytes)
  const gateway = new NativeGateway(
    {
      app: config.app,
      node: name,
      features: {
        hub,
        access: new Access(policies, chat.conversations),
        historyOf: (key) => natureOf(key).history,
        publisher,
        conversations: chat.conversations,
        messages: chat.messages,
        // The other half is for what happens while the answer is on its way.
        maxAnswerBytes: connections.maxOutboxBytes / 2,
      },
      tokens: new TokenVerifier({ secret: config.app.secret, ...config.tokens }),
      anonymous: config.tokens.anonymous,
      flusher: new Flusher(clock, connections.batchWindow),
      clock,
      log,
      metrics,
      heartbeatMs: connections.heartbeat,
      connectTimeoutMs: connections.connectTimeout,
      maxFrameBytes: connections.maxFrameBytes,
      maxOutboxBytes: connections.maxOutboxBytes,
      maxPendingCommands: connections.maxPendingCommands,
    },
    { maxConnections: connections.max, compressFromBytes: connections.compressFromBytes },
  )
  let draining = false
  observeNode(metrics, hub, chat)
  lifetime.add(() => engine.stop())
  await engine.start(hub)
  lifetime.add(() => store.stop())
  lifetime.add(() => hub.stop())
  lifetime.add(() => chat.announcements.stop())
  await store.start(chat.announcements)
  await seedConversations(config, store, log)
  const http = await createHttp({
    publishing: { app: config.app, publisher, clock, maxEventBytes: config.maxEventBytes },
    health: () => readHealth({ node: name, startedAt, hub, store, chat, draining: () => draining }),
    metrics,
    log,
    clock,
    upgrades: [gateway],
    pages,
    developmentSecret: isDevelopment() ? config.app.secret : undefined,
  })
  lifetime.add(() => http.close())
  lifetime.add(() => gateway.stop())
  gateway.start()
  const watch = new ServiceWatch([{ name: 'database', health: () => store.health() }], clock, (down) =>
    gateway.degrade(down),
  )
  lifetime.add(() => watch.stop())
  watch.start()

  const stopServices = async () => {
    draining = true
    gateway.drain(config.drainTimeout / 2)
    const deadline = clock.now() + config.drainTimeout
    await until(() => gateway.connections === 0 && chat.writer.counts.waiting === 0, deadline)
    await lifetime.end()
  }
  let stopping: Promise<void> | undefined

  return {
    name,
    database: database.description,
    listen: () => listen(http, config),
    attach: (server) => attachHttp(http, server, [gateway]),
    async publish(channel, event, data, options = {}) {
      if (!isChannelName(channel))
        throw new NowcastError('invalid_channel', `"${channel}" is not the name of a channel.`)
      if (!isEventName(event))
        throw new NowcastError('invalid_event', `"${event}" is not the name of an event.`)
      const { id = randomUUID(), metadata } = options
      return publisher.publish({ channel, event, data, id, ...(metadata === undefined ? {} : { metadata }) })
    },
    stop() {
      stopping ??= stopServices()
      return stopping
    },
  }
}

async function listen(http: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    await http.listen({ host, port, backlog: LISTEN_BACKLOG })
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'EADDRINUSE') {
      throw new StartupError(
        `Port ${port} on ${host} is taken by another program; choose another with --port.`,
        { cause },
      )
    }
    if (code === 'EACCES')
      throw new StartupError(`Port ${port} may not be used by this user; choose one above 1023.`, { cause })
    if (code === 'EADDRNOTAVAIL') throw new StartupError(`This machine has no address ${host}.`, { cause })
    throw cause
  }
  const address = http.server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${shown}:${address.port}`
}

async function until(condition: () => boolean, deadline: number): Promise<void> {
  while (!condition() && Date.now() < deadline) await new Promise((next) => setTimeout(next, DRAIN_CHECK_MS))
}
