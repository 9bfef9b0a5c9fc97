// Assembly: a configuration in, a running node out. The only place where the floors are put together.
import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import {
  isChannelName,
  isEventName,
  type Json,
  type Metadata,
  NowcastError,
  type PublishResult,
} from '@nowcast/protocol'
import type { FastifyInstance } from 'fastify'
import { AppSource } from '../features/apps/appSource.ts'
import { configuredApps } from '../foundation/config/apps.ts'
import { parseConfig } from '../foundation/config/load.ts'
import type { Config, ConfigInput } from '../foundation/config/schema.ts'
import { createLogger } from '../foundation/log.ts'
import { StartupError } from '../foundation/startupError.ts'
import { attachHttp } from '../gateways/http/server.ts'
import { storeListener, webhookCounts } from './apps.ts'
import { seedConversations } from './chat.ts'
import { type Database, openDatabase } from './database.ts'
import { describeEngine, engineListener } from './engine.ts'
import { createInterfaces, entrances, listen } from './interfaces.ts'
import { Lifetime } from './lifetime.ts'
import { observeNode } from './observations.ts'
import { findPages } from './pages.ts'
import { buildParts, type NodeParts } from './parts.ts'
import { refuseDevelopmentDefaults } from './production.ts'
import { buildServices, type NodeServices } from './services.ts'

const DRAIN_CHECK_MS = 50

/** A running node. */
export interface Node {
  readonly name: string
  /** Where the database is, for people; holds no password. */
  readonly database: string
  /** The database's address, for a backend that shares it; holds the password. */
  readonly databaseUrl: string
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
   * @param options `id` is the idempotency key, made here when absent; `app` the id of one that is not the default
   * @throws NowcastError `unknown_app`, `invalid_channel`, `invalid_event`, `data_too_large`, `idempotency_conflict`, `unavailable`
   */
  publish(
    channel: string,
    event: string,
    data: Json,
    options?: { readonly id?: string; readonly metadata?: Metadata; readonly app?: string },
  ): Promise<PublishResult>
  /**
   * Other apps hold from now on, with other keys and policies; every other setting stays as it was at the start.
   * @param input the whole configuration, as `createNode` takes it
   * @throws StartupError naming the mistake in it; then nothing has changed
   */
  reload(input: ConfigInput | Config): void
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
  const { config, name, apps, clock, log } = parts
  const services = buildServices(parts)
  const source = new AppSource({
    store: parts.appStore,
    registry: apps,
    shared: config,
    configured: configuredApps(config),
    clock,
    log,
  })
  const http = await start(parts, services, source, pages, lifetime)
  let stopping: Promise<void> | undefined
  return {
    name,
    database: database.description,
    databaseUrl: database.url,
    engine: describeEngine(config),
    listen: () => listen(http, config),
    attach: (server) => attachHttp(http, server, entrances(services)),
    async publish(channel, event, data, options = {}) {
      if (!isChannelName(channel))
        throw new NowcastError('invalid_channel', `"${channel}" is not the name of a channel.`)
      if (!isEventName(event))
        throw new NowcastError('invalid_event', `"${event}" is not the name of an event.`)
      const { id = randomUUID(), metadata, app = config.app.id } = options
      const served = apps.byId(app)
      if (served === undefined) throw new NowcastError('unknown_app', `There is no app "${app}".`)
      return served.features.publisher.publish({
        channel,
        event,
        data,
        id,
        ...(metadata === undefined ? {} : { metadata }),
      })
    },
    reload(again) {
      const read = parseConfig(again)
      refuseDevelopmentDefaults(read)
      if (read.app.id !== config.app.id) {
        throw new StartupError(
          'Mistake in the configuration: "app.id" can\'t be changed while the server runs.',
        )
      }
      const { channels, limits, webhooks, pusher } = config
      source.configure(configuredApps({ ...read, channels, limits, webhooks, pusher }))
    },
    stop() {
      stopping ??= drain(parts, services).then(() => lifetime.end())
      return stopping
    },
  }
}

/** Starts everything, from what others rest on upwards; it is stopped in the opposite order. */
async function start(
  parts: NodeParts,
  services: NodeServices,
  source: AppSource,
  pages: ReadonlyMap<string, string>,
  lifetime: Lifetime,
): Promise<FastifyInstance> {
  const { config, log, metrics, store, engine, hub, calls, chat, presences, apps, registration } = parts
  const { gateway, pusher, overHttp, pusherOverHttp, watch, occupancy, channelWebhooks } = services
  lifetime.add(() => engine.stop())
  await engine.start(engineListener(calls, hub))
  lifetime.add(() => calls.stop())
  await calls.start()
  lifetime.add(() => store.stop())
  lifetime.add(() => presences.stop())
  lifetime.add(() => hub.stop())
  // What becomes of channels is told to the end.
  lifetime.add(() => channelWebhooks.stop())
  channelWebhooks.start()
  lifetime.add(() => occupancy.stop())
  occupancy.start()
  lifetime.add(() => chat.announcements.stop())
  // Stopped when nobody can send any more.
  lifetime.add(() => apps.stop())
  lifetime.add(() => source.stop())
  await store.start(storeListener(apps, chat, () => source.refresh()))
  await seedConversations(config, store, log)
  await source.start()
  const http = await createInterfaces(parts, services, pages)
  lifetime.add(() => http.close())
  lifetime.add(() => overHttp.stop())
  lifetime.add(() => pusherOverHttp.stop())
  lifetime.add(() => gateway.stop())
  gateway.start()
  lifetime.add(() => pusher.stop())
  pusher.start()
  lifetime.add(() => watch.stop())
  watch.start()
  lifetime.add(() => registration.stop())
  await registration.start()
  observeNode(metrics, { ...parts, ...services })
  return http
}

/** Moves clients elsewhere, and waits for what was begun, as long as is configured. */
async function drain({ config, clock, chat, apps }: NodeParts, services: NodeServices): Promise<void> {
  const { gateway, pusher, channelWebhooks } = services
  services.drain(config.drainTimeout / 2)
  const deadline = clock.now() + config.drainTimeout
  const isIdle = () =>
    gateway.connections + pusher.connections === 0 &&
    chat.writer.counts.waiting === 0 &&
    (webhookCounts(apps)?.waiting ?? 0) === 0 &&
    channelWebhooks.counts.waiting === 0
  await until(isIdle, deadline)
}

async function until(condition: () => boolean, deadline: number): Promise<void> {
  while (!condition() && Date.now() < deadline) await new Promise((next) => setTimeout(next, DRAIN_CHECK_MS))
}
