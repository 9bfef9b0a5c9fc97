// Hears from the database itself which conversations moved and that its apps changed, over a connection of its own that is kept alive.
import pg from 'pg'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { StoreListener } from '../store.ts'

const CHANNEL = 'nowcast_committed'
const APPS_CHANNEL = 'nowcast_apps'
const MIN_RETRY_MS = 50
const MAX_RETRY_MS = 1_000
const SIGN_OF_LIFE_MS = 5_000

/** Listens for commits; after every loss of the connection everything must be compared. */
export class CommitListener {
  readonly #settings: pg.ClientConfig
  readonly #listener: StoreListener
  readonly #clock: Clock
  readonly #log: Logger
  #client: pg.Client | undefined
  #timer: Timer | undefined
  #retryMs = MIN_RETRY_MS
  #stopped = false

  constructor(settings: pg.ClientConfig, listener: StoreListener, clock: Clock, log: Logger) {
    this.#settings = settings
    this.#listener = listener
    this.#clock = clock
    this.#log = log
  }

  /** Connects; a failure is tried again until it works or `stop` is called. */
  async start(): Promise<void> {
    const client = new pg.Client(this.#settings)
    client.on('notification', ({ channel, payload }) => {
      if (channel === APPS_CHANNEL) this.#listener.appsChanged?.()
      else this.#receive(payload)
    })
    client.on('error', () => {})
    client.once('end', () => this.#lost(client))
    this.#client = client
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
      await client.query(`listen ${APPS_CHANNEL}`)
      this.#retryMs = MIN_RETRY_MS
      this.#listener.resynchronize()
      this.#watch(client)
    } catch (error) {
      this.#log.debug({ error }, 'listening for commits failed; trying again')
      await client.end().catch(() => {})
      this.#lost(client)
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
  }

  // A connection that died silently would never tell; a query now and then finds out.
  #watch(client: pg.Client): void {
    this.#timer = this.#clock.after(SIGN_OF_LIFE_MS, () => {
      client.query('select 1').then(
        () => this.#client === client && this.#watch(client),
        () => client.end().catch(() => {}),
      )
    })
  }

  #lost(client: pg.Client): void {
    if (this.#stopped || this.#client !== client) return
    this.#client = undefined
    this.#timer?.cancel()
    const delayMs = this.#retryMs * (0.5 + Math.random() / 2)
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS)
    this.#timer = this.#clock.after(delayMs, () => void this.start())
  }

  #receive(payload: string | undefined): void {
    if (payload === undefined) return
    try {
      const moved: [app: string, conversation: string, offset: number][] = JSON.parse(payload)
      for (const [app, conversation, offset] of moved) this.#listener.committed(app, conversation, offset)
    } catch (error) {
      // Whoever may use the database may send anything.
      this.#log.warn({ error }, 'a notification is not one of ours')
    }
  }
}
