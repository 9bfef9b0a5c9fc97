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
  /** The mistakes that were found and logged, by app, so that they are not logged each time. */
  #told = new Map<string, string>()
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
    for (const app of this.#told.keys()) if (!ids.has(app)) this.#told.delete(app)
    // What can't be used changes nothing.
    this.#stored = apps.flatMap((app) => this.#check(app) ?? known.get(app.id) ?? [])
    this.#apply()
  }

  /** The settings of an app of the database; undefined when something in it can't be used. */
  #check(app: StoredApp): AppSettings | undefined {
    const { id, enabled, keys, policies } = app
    const [first, ...further] = keys
    const parsed = parseAppPolicies(policies)
    if (parsed.mistake === undefined && first !== undefined) {
      return appSettings(
        { id, enabled, keys: [first, ...further], policies: parsed.policies },
        this.#parts.shared,
      )
    }
    this.#tell(id, parsed.mistake ?? 'it has no key')
    return undefined
  }

  #apply(): void {
    const ids = new Set(this.#configured.map(({ id }) => id))
    const taken = new Set(this.#configured.flatMap(({ keys }) => keys.map(({ key }) => key)))
    const stored = this.#stored.flatMap((app) => {
      if (ids.has(app.id)) {
        this.#tell(app.id, 'the configuration has an app of this id, which is the one that holds')
        return []
      }
      const [first, ...further] = app.keys.filter(({ key }) => !taken.has(key))
      if (1 + further.length < app.keys.length || first === undefined) {
        this.#tell(app.id, 'the configuration gives one of its keys to another app, which has it')
      }
      return first === undefined ? [] : { ...app, keys: [first, ...further] as const }
    })
    this.#parts.registry.apply([...this.#configured, ...stored])
  }

  #tell(app: string, mistake: string): void {
    if (this.#told.get(app) === mistake) return
    this.#told.set(app, mistake)
    this.#parts.log.error({ app, mistake }, 'an app of the database is not as it should be')
  }
}
