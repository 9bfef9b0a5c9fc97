// The apps that this node serves now, by id and by key. They come, change and go while it runs.
import { NowcastError } from '@nowcast/protocol'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { AppSettings } from '../../foundation/config/apps.ts'
import type { Logger } from '../../foundation/log.ts'
import type { App, Apps, KeyedApp } from './app.ts'

/** An app that can be changed and stopped. */
export interface ManagedApp extends App {
  /** Other settings hold from now on. */
  update(settings: AppSettings): void
  start(): void
  stop(): Promise<void>
}

/** What a registry works with. */
export interface AppRegistryParts<A extends ManagedApp> {
  readonly build: (settings: AppSettings) => A
  readonly clock: Clock
  readonly log: Logger
  /** Apps at most; further ones are left out, and that is logged. */
  readonly maxApps?: number
}

/** Hears that an app takes no connections any more, and why; what is connected has to go. */
export type AppClosed = (app: string, error: NowcastError) => void

const MAX_APPS = 10_000
/** How long what belongs to an app that went away goes on, for its last connections and if it comes back. */
const FAREWELL_MS = 60_000

/** The apps of a node. */
export class AppRegistry<A extends ManagedApp = ManagedApp> implements Apps<A> {
  readonly #parts: AppRegistryParts<A>
  readonly #byId = new Map<string, A>()
  #byKey = new Map<string, KeyedApp<A>>()
  /** Apps that went away and are not stopped yet. */
  readonly #leaving = new Map<string, { readonly app: A; readonly timer: Timer }>()
  readonly #listeners: AppClosed[] = []
  #stopped = false

  constructor(parts: AppRegistryParts<A>) {
    this.#parts = parts
  }

  byKey(key: string): KeyedApp<A> | undefined {
    return this.#byKey.get(key)
  }

  byId(id: string): A | undefined {
    return this.#byId.get(id)
  }

  all(): Iterable<A> {
    return this.#byId.values()
  }

  /** An app that is served, or that went away a moment ago and whose last connections are still here. */
  lingering(id: string): A | undefined {
    return this.#byId.get(id) ?? this.#leaving.get(id)?.app
  }

  /** Says who hears of apps that are disabled or go away. */
  onClosed(listener: AppClosed): void {
    this.#listeners.push(listener)
  }

  /** From now on there are these apps and no others. Of two with the same id or key, the first one has it. */
  apply(settings: readonly AppSettings[]): void {
    if (this.#stopped) return
    const wanted = this.#withinBounds(settings)
    for (const [id, app] of this.#byId) if (!wanted.has(id)) this.#remove(app)
    const disabled: A[] = []
    for (const one of wanted.values()) {
      const known = this.#byId.get(one.id)
      if (known?.enabled === true && !one.enabled) disabled.push(known)
      if (known === undefined) this.#add(one)
      else known.update(one)
    }
    this.#byKey = this.#keys()
    for (const { id } of disabled) this.#tellClosed(id, appDisabled())
  }

  /** Stops all apps; none come any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    const leaving = [...this.#leaving.values()]
    this.#leaving.clear()
    for (const { timer } of leaving) timer.cancel()
    const stopping = [...this.#byId.values(), ...leaving.map(({ app }) => app)].map((app) => app.stop())
    for (const result of await Promise.allSettled(stopping)) {
      if (result.status === 'rejected') throw result.reason
    }
  }

  #withinBounds(settings: readonly AppSettings[]): Map<string, AppSettings> {
    const { log, maxApps = MAX_APPS } = this.#parts
    const wanted = new Map<string, AppSettings>()
    for (const one of settings) if (!wanted.has(one.id) && wanted.size < maxApps) wanted.set(one.id, one)
    if (settings.length > maxApps) log.error({ maxApps, apps: settings.length }, 'there are too many apps')
    return wanted
  }

  #add(settings: AppSettings): void {
    const returning = this.#leaving.get(settings.id)
    returning?.timer.cancel()
    this.#leaving.delete(settings.id)
    if (returning === undefined) {
      const app = this.#parts.build(settings)
      this.#byId.set(settings.id, app)
      app.start()
    } else {
      returning.app.update(settings)
      this.#byId.set(settings.id, returning.app)
    }
  }

  #remove(app: A): void {
    const { clock, log } = this.#parts
    this.#byId.delete(app.id)
    const timer = clock.after(FAREWELL_MS, () => {
      this.#leaving.delete(app.id)
      app
        .stop()
        .catch((error: unknown) => log.error({ error, app: app.id }, 'an app could not be stopped well'))
    })
    this.#leaving.set(app.id, { app, timer })
    this.#tellClosed(app.id, new NowcastError('unknown_app', 'There is no such app any more.'))
  }

  #keys(): Map<string, KeyedApp<A>> {
    const byKey = new Map<string, KeyedApp<A>>()
    for (const app of this.#byId.values()) {
      for (const { key, secret } of app.keys) if (!byKey.has(key)) byKey.set(key, { app, secret })
    }
    return byKey
  }

  #tellClosed(app: string, error: NowcastError): void {
    for (const listener of this.#listeners) listener(app, error)
  }
}

/** What connections and requests of a disabled app are told. */
export const appDisabled = (): NowcastError => new NowcastError('app_disabled', 'This app is disabled.')
