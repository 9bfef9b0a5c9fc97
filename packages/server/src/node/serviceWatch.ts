// Watches what the node depends on, so that clients can be told when a service is down and when it is back.
import type { Clock, Timer } from '../foundation/clock.ts'

/** A service that the node depends on. */
export interface WatchedService {
  readonly name: string
  health(): Promise<{ readonly status: 'up' | 'down' }>
}

const LOOK_MS = 1_000

/** Asks services for their health, again and again. */
export class ServiceWatch {
  readonly #services: readonly WatchedService[]
  readonly #clock: Clock
  readonly #onChange: (down: readonly string[]) => void
  #down: readonly string[] = []
  #timer: Timer | undefined
  #stopped = false

  /** @param onChange called with the names of what is down, each time that they change */
  constructor(
    services: readonly WatchedService[],
    clock: Clock,
    onChange: (down: readonly string[]) => void,
  ) {
    this.#services = services
    this.#clock = clock
    this.#onChange = onChange
  }

  /** The names of what is down. */
  get down(): readonly string[] {
    return this.#down
  }

  /** Begins to watch. */
  start(): void {
    this.#timer = this.#clock.after(LOOK_MS, async () => {
      await this.#look()
      if (!this.#stopped) this.start()
    })
  }

  /** Ends watching. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  async #look(): Promise<void> {
    const states = await Promise.all(
      this.#services.map(async ({ name, health }) => ((await health()).status === 'down' ? [name] : [])),
    )
    const down = states.flat()
    if (this.#stopped || down.join() === this.#down.join()) return
    this.#down = down
    this.#onChange(down)
  }
}
