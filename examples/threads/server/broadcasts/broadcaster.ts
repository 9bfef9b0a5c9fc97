// Hands events to the realtime server, one after another, after what they tell of was committed. A request never waits for
// it and never fails with it: what can't be handed over is tried again for a while, then given up and logged.
import Pusher from 'pusher'

/** One event for one or more channels. */
export interface Event {
  readonly channels: readonly string[]
  readonly name: string
  readonly data: object
  /** The connection of the page that acted: it knows already. */
  readonly exceptSocket: string | undefined
}

/** What is needed of the `pusher` library. */
export type Trigger = Pick<Pusher, 'trigger'>

/** What is needed of a log. */
export interface Log {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

const MAX_WAITING = 1_000
const ATTEMPTS = 8
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000
const FIRST_FINAL_STATUS = 400
const TOO_MANY_REQUESTS = 429
const FIRST_PASSING_STATUS = 500

/** Sends events in the order in which they were given. */
export class Broadcaster {
  readonly #pusher: Trigger
  readonly #log: Log
  readonly #waiting: Event[] = []
  readonly #stopping = new AbortController()
  #sending: Promise<void> | undefined

  constructor(pusher: Trigger, log: Log) {
    this.#pusher = pusher
    this.#log = log
  }

  /** Takes an event. While 1,000 wait, further ones are given up: pages read again what they missed. */
  send(event: Event): void {
    if (this.#waiting.length >= MAX_WAITING || this.#stopping.signal.aborted) {
      this.#log.error({ event: event.name }, 'an event was not broadcast: too many wait')
      return
    }
    this.#waiting.push(event)
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
    })
  }

  /** Sends what waits, each once more, and takes nothing further. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#sending
  }

  async #sendAll(): Promise<void> {
    // The first event waits for the turn to end, so that whoever gave it has gone on.
    await Promise.resolve()
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      await this.#sendOne(event)
    }
  }

  async #sendOne({ channels, name, data, exceptSocket }: Event): Promise<void> {
    const parameters = exceptSocket === undefined ? {} : { socket_id: exceptSocket }
    for (let attempt = 1, pauseMs = FIRST_PAUSE_MS; ; attempt += 1) {
      try {
        await this.#pusher.trigger([...channels], name, data, parameters)
        return
      } catch (error) {
        const reason = reasonOf(error)
        if (isFinal(error) || attempt === ATTEMPTS || this.#stopping.signal.aborted) {
          this.#log.error({ event: name, channels, reason }, 'an event was not broadcast')
          return
        }
        this.#log.warn({ event: name, channels, reason, attempt }, 'an event could not be broadcast yet')
        await this.#pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
      }
    }
  }

  /** Waits, at most until stopping begins. */
  #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    })
  }
}

/** Whether trying again would be refused again. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof Pusher.RequestError)) return true
  const { status } = error
  if (status === undefined || status === TOO_MANY_REQUESTS) return false
  return status >= FIRST_FINAL_STATUS && status < FIRST_PASSING_STATUS
}

/** What may be logged: the address of a request holds its signature. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Pusher.RequestError)) return String(error)
  return error.status === undefined ? error.message : `status ${error.status}: ${error.body ?? ''}`
}
