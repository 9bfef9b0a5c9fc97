// Where apps come from: those of the configuration and those of the database, brought together. They are read at the
// start, whenever the database says that they have changed, and now and then.
import type { Clock, Timer } from '../../foundation/clock.ts'
import {
  type AppSettings,
  appSettings,
  parseAppPolicies,
  type SharedPolicies,
} from '../../foundation/config/apps.ts'
import type { Logger } from '../../foundation/log.ts'
import type { AppStore, StoredApp } from '../../store/appStore.ts'
import type { AppRegistry } from './registry.ts'

/** What apps are read with. */
export interface AppSourceParts {
  readonly store: Pick<AppStore, 'list'>
  readonly registry: Pick<AppRegistry, 'apply'>
  /** What apps of the database have where they have no policies of their own. */
  readonly shared: SharedPolicies
  /** Those of the configuration. */
  readonly configured: readonly AppSettings[]
  readonly clock: Clock
  readonly log: Logger
}

const READ_EVERY_MS = 30_000
const RETRY_MS = 1_000
const MAX_STORED = 10_000

/** Keeps the registry as configuration and database say. */
export class AppSource {
  readonly #parts: AppSourceParts
  #configured: readonly AppSettings[]
  #stored: readonly AppSettings[] = []
  /** What was found wrong with apps and logged, by app, so that it is not logged each time. */
  readonly #unusable = new Map<string, string>()
  readonly #overruled = new Map<string, string>()
  #reading: Promise<void> | undefined
  #isStale = false
  #timer: Timer | undefined
  #stopped = false

  constructor(parts: AppSourceParts) {
    this.#parts = parts
    this.#configured = parts.configured
  }

  /** Reads all apps, and from now on again. @throws NowcastError `unavailable` */
  async start(): Promise<void> {
    await this.#read()
    this.#readLater(READ_EVERY_MS)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** The configuration has these apps from now on. */
  configure(apps: readonly AppSettings[]): void {
    this.#configured = apps
    this.#apply()
  }

  /** The database may have other apps by now. */
  refresh(): void {
    if (this.#stopped) return
    if (this.#reading !== undefined) {
      this.#isStale = true
      return
    }
    this.#timer?.cancel()
    this.#reading = this.#read()
      .then(
        () => READ_EVERY_MS,
        (error: unknown) => {
          if (!this.#stopped) this.#parts.log.warn({ error }, 'the apps could not be read; trying again')
          return RETRY_MS
        },
      )
      .then((nextMs) => {
        this.#reading = undefined
        const isStale = this.#isStale
        this.#isStale = false
        if (isStale) this.refresh()
        else this.#readLater(nextMs)
      })
  }

  #readLater(delayMs: number): void {
    if (this.#stopped) return
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(delayMs, () => this.refresh())
  }

  async #read(): Promise<void> {
    const apps = await this.#parts.store.list(MAX_STORED)
    if (this.#stopped) return
    const known = new Map(this.#stored.map((app) => [app.id, app]))
    const ids = new Set(apps.map(({ id }) => id))
    for (const told of [this.#unusable, this.#overruled])
      for (const app of told.keys()) if (!ids.has(app)) told.delete(app)
    this.#stored = apps.flatMap((app) => this.#settingsOf(app, known.get(app.id)) ?? [])
    this.#apply()
  }

  /** The settings of an app of the database. Policies that can't be used change nothing; without a key it is not there. */
  #settingsOf(app: StoredApp, known: AppSettings | undefined): AppSettings | undefined {
    const { id, enabled, policies } = app
    const [first, ...further] = app.keys
    const parsed = parseAppPolicies(policies)
    this.#tell(this.#unusable, id, first === undefined ? 'it has no key' : parsed.mistake)
    if (first === undefined) return undefined
    const keys = [first, ...further] as const
    if (parsed.mistake !== undefined) return known && { ...known, enabled, keys }
    return appSettings({ id, enabled, keys, policies: parsed.policies }, this.#parts.shared)
  }

  #apply(): void {
    const ids = new Set(this.#configured.map(({ id }) => id))
    const taken = new Set(this.#configured.flatMap(({ keys }) => keys.map(({ key }) => key)))
    const stored = this.#stored.flatMap((app) => {
      const held = app.keys.filter(({ key }) => !taken.has(key))
      const [first, ...further] = held
      const conflict = ids.has(app.id)
        ? 'the configuration has an app of this id, which is the one that holds'
        : 'the configuration gives one of its keys to another app, which has it'
      const isWhole = !ids.has(app.id) && held.length === app.keys.length
      this.#tell(this.#overruled, app.id, isWhole ? undefined : conflict)
      return ids.has(app.id) || first === undefined ? [] : { ...app, keys: [first, ...further] as const }
    })
    this.#parts.registry.apply([...this.#configured, ...stored])
  }

  /** Logs a mistake that was not known; undefined when there is none any more. */
  #tell(told: Map<string, string>, app: string, mistake: string | undefined): void {
    if (told.get(app) === mistake) return
    if (mistake === undefined) {
      told.delete(app)
      return
    }
    told.set(app, mistake)
    this.#parts.log.error({ app, mistake }, 'an app of the database is not as it should be')
  }
}
