// A process that can be frozen, thawed and killed: what happens to it goes through here.
import type { Clock, Timer } from '../foundation/clock.ts'
import type { World } from './world.ts'

const EPOCH_MS = 1_700_000_000_000
/** How often a turn of the event loop takes so long that other things join it. */
const LONG_TURN = 0.15
const LONG_TURN_MS = 2

/** One simulated process. */
export class SimulatedProcess {
  readonly name: string
  readonly clock: Clock
  readonly #world: World
  readonly #onDeath = new Set<() => void>()
  #state: 'running' | 'frozen' | 'dead' = 'running'
  /** What came while it was frozen: timers that became due, and messages. */
  #dueTimers: (() => void)[] = []
  #arrived: (() => void)[] = []
  #turn: (() => void)[] = []
  readonly #timers = new Set<string[]>()

  /** @param skewMs how far its clock is from the true time */
  constructor(world: World, name: string, skewMs = 0) {
    this.#world = world
    this.name = name
    this.clock = {
      now: () => Math.floor(EPOCH_MS + world.scheduler.now + skewMs),
      after: (delayMs, run) => this.#after(delayMs, run),
      endOfTurn: (run) => this.#endOfTurn(run),
    }
  }

  get state(): 'running' | 'frozen' | 'dead' {
    return this.#state
  }

  /** Timers that are neither due nor cancelled. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /** Lets a message arrive: now, when it is thawed, or never. */
  deliver(work: () => void): void {
    if (this.#state === 'running') this.#guarded(work)
    else if (this.#state === 'frozen') this.#arrived.push(work)
  }

  /** Calls `run` when the process is killed. @returns stops that */
  onDeath(run: () => void): () => void {
    this.#onDeath.add(run)
    return () => {
      this.#onDeath.delete(run)
    }
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen'
  }

  /** Goes on with what has waited, timers first as the event loop does, or messages first. */
  thaw(): void {
    if (this.#state !== 'frozen') return
    const waiting = this.#world.chance(0.7)
      ? [...this.#dueTimers, ...this.#arrived]
      : [...this.#arrived, ...this.#dueTimers]
    this.#dueTimers = []
    this.#arrived = []
    this.#state = 'running'
    for (const work of waiting) this.#world.scheduler.after(0, () => this.deliver(work))
  }

  /** Forgets everything; whoever is connected is told by the kernel. */
  kill(): void {
    if (this.#state === 'dead') return
    this.#state = 'dead'
    this.#dueTimers = []
    this.#arrived = []
    this.#turn = []
    this.#timers.clear()
    for (const run of [...this.#onDeath]) run()
    this.#onDeath.clear()
  }

  #after(delayMs: number, run: () => void): Timer {
    if (this.#state === 'dead') return { cancel() {} }
    const pending: string[] = []
    this.#timers.add(pending)
    const work = () => {
      if (this.#timers.delete(pending)) run()
    }
    const scheduled = this.#world.scheduler.after(delayMs, () => {
      if (this.#state === 'running') this.#guarded(work)
      else if (this.#state === 'frozen') this.#dueTimers.push(work)
    })
    return {
      cancel: () => {
        this.#timers.delete(pending)
        scheduled.cancel()
      },
    }
  }

  #endOfTurn(run: () => void): void {
    if (this.#state === 'dead' || this.#turn.push(run) > 1) return
    const lastsMs = this.#world.chance(LONG_TURN) ? this.#world.between(0, LONG_TURN_MS) : 0
    this.#world.scheduler.after(lastsMs, () => this.deliver(() => this.#endTurn()))
  }

  #endTurn(): void {
    const turn = this.#turn
    this.#turn = []
    for (const run of turn) this.#guarded(run)
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#world.fail('nothing throws', `${this.name}: ${error instanceof Error ? error.stack : error}`)
    }
  }
}
