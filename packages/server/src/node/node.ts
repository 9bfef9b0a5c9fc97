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
import { parseConfig } from '../foundation/config/load.ts'
import type { Config, ConfigInput } from '../foundation/config/schema.ts'
import { createLogger } from '../foundation/log.ts'
import { StartupError } from '../foundation/startupError.ts'
import { attachHttp, createHttp } from '../gateways/http/server.ts'
import { seedConversations } from './chat.ts'
import { type Database, openDatabase } from './database.ts'
import { describeEngine, engineListener } from './engine.ts'
import { createNativeGateway, serveOverHttp } from './gateway.ts'
import { readHealth } from './health.ts'
import { VERSION } from './identity.ts'
import { Lifetime } from './lifetime.ts'
import { observeNode } from './observations.ts'
import { findPages } from './pages.ts'
import { buildParts, type NodeParts } from './parts.ts'
import { isDevelopment, refuseDevelopmentDefaults } from './production.ts'
import { Registration } from './registration.ts'
import { ServiceWatch } from './serviceWatch.ts'
import { assembleWebhooks, offlinePeople } from './webhooks.ts'

const DRAIN_CHECK_MS = 50
/** Clients of a lost node arrive together; what overflows is tried again by their kernels only after a second. */
const LISTEN_BACKLOG = 4_096

/** A running node. */
export interface Node {
  readonly name: string
  /** Where the database is, for people; holds no password. */
  readonly database: string
  /** Where what nodes share is, for people; holds no password. */
  readonly engine: string
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
    return await assemble(buildParts(config, database.url, log), database, pages, lifetime)
  } catch (error) {
    await lifetime.end().catch((failure: unknown) => {
      log.error({ error: failure }, 'what was started could not be stopped again')
    })
    throw error
  }
}

async function assemble(
  parts: NodeParts,
  database: Database,
  pages: ReadonlyMap<string, string>,
  lifetime: Lifetime,
): Promise<Node> {
  const { config, log, clock, metrics, name, store, engine, hub, calls } = parts
  const { chat, presences, publisher, limits } = parts
  const limited = { limits: limits.requests, addressOf: limits.addressOf }
  const startedAt = clock.now()
  const gateway = createNativeGateway(parts)
  const overHttp = serveOverHttp(parts, gateway)
  let draining = false
  const services = [
    { name: 'database', health: () => store.health() },
    { name: 'engine', health: () => engine.health() },
  ]
  const watch = new ServiceWatch(services, clock, (down) => gateway.degrade(down))
  const registration = new Registration(engine.registry, clock, () => ({
    name,
    version: VERSION,
    startedAt,
    status: draining ? 'draining' : watch.down.length > 0 ? 'degraded' : 'ok',
    connections: hub.counts.connections,
    channels: hub.counts.channels,
  }))
  const people = offlinePeople(presences.people)
  const webhooks = assembleWebhooks({ ...parts, people, registration, draining: () => draining })
  if (webhooks !== undefined) chat.announcements.listen(webhooks.listener)
  lifetime.add(() => engine.stop())
  await engine.start(engineListener(calls, hub))
  lifetime.add(() => calls.stop())
  await calls.start()
  lifetime.add(() => store.stop())
  lifetime.add(() => chat.receipts.stop())
  lifetime.add(() => presences.stop())
  lifetime.add(() => hub.stop())
  lifetime.add(() => chat.stop())
  await store.start(chat.listener)
  lifetime.add(() => chat.streams.stop())
  chat.streams.start()
  await seedConversations(config, store, log)
  // Stopped when nobody can send any more.
  lifetime.add(() => webhooks?.stop())
  webhooks?.start()
  const http = await createHttp({
    publishing: { app: config.app, publisher, clock, maxEventBytes: config.maxEventBytes, limited },
    streaming: {
      app: config.app,
      clock,
      streams: chat.streams,
      maxTextBytes: config.conversations.streams.maxBytes,
      limited,
    },
    limited,
    health: () =>
      readHealth({
        node: name,
        startedAt,
        hub,
        store,
        engine,
        chat,
        presences,
        registration,
        gateway,
        webhooks,
        draining: () => draining,
      }),
    metrics,
    log,
    clock,
    upgrades: [gateway],
    routes: [overHttp.routes],
    pages,
    developmentSecret: isDevelopment() ? config.app.secret : undefined,
  })
  lifetime.add(() => http.close())
  lifetime.add(() => overHttp.stop())
  lifetime.add(() => gateway.stop())
  gateway.start()
  presences.start()
  lifetime.add(() => watch.stop())
  watch.start()
  lifetime.add(() => registration.stop())
  await registration.start()
  observeNode(metrics, { hub, chat, presences, engine, gateway, watch, registration, webhooks })

  const stopServices = async () => {
    draining = true
    gateway.drain(config.drainTimeout / 2)
    const deadline = clock.now() + config.drainTimeout
    const isIdle = () =>
      gateway.connections === 0 &&
      chat.writer.counts.waiting === 0 &&
      (webhooks === undefined || webhooks.counts.waiting === 0)
    await until(isIdle, deadline)
    await lifetime.end()
  }
  let stopping: Promise<void> | undefined

  return {
    name,
    database: database.description,
    engine: describeEngine(config),
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
