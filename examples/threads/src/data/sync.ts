// Loads something whenever it may be out of date: never twice at once, and again after a failure.

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000

type State = 'idle' | 'running' | 'running, wanted again' | 'stopped'

/** Runs `load` on request. */
export class Sync {
  readonly #load: () => Promise<unknown>
  readonly #failed: (error: unknown) => void
  #state: State = 'idle'
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param failed hears of each failure; the load is tried again all the same */
  constructor(load: () => Promise<unknown>, failed: (error: unknown) => void) {
    this.#load = load
    this.#failed = failed
  }

  /** Loads now, or once more after the load that is under way. */
  readonly want = (): void => {
    if (this.#state === 'idle') void this.#run()
    else if (this.#state === 'running') this.#state = 'running, wanted again'
  }

  /** Ends it for good. */
  stop(): void {
    this.#state = 'stopped'
    clearTimeout(this.#timer)
  }

  /** True after `stop`: a load that was under way means nothing any more. */
  get isStopped(): boolean {
    return this.#is('stopped')
  }

  #is(state: State): boolean {
    return this.#state === state
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer)
    this.#state = 'running'
    try {
      await this.#load()
      this.#failures = 0
    } catch (error) {
      if (this.isStopped) return
      this.#failures += 1
      this.#failed(error)
    }
    if (this.isStopped) return
    const isWanted = this.#is('running, wanted again')
    this.#state = 'idle'
    if (this.#failures > 0) this.#retryLater()
    else if (isWanted) void this.#run()
  }

  #retryLater(): void {
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS)
    this.#timer = setTimeout(this.want, delayMs)
  }
}
