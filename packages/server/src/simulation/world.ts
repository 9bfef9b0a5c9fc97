// What everything simulated shares: time, chance, and the record of what happened.
import { Random } from '../../../../tests/support/random.ts'
import { Scheduler } from './scheduler.ts'

/** Lines of the record that are kept. */
const MAX_TRACE = 2_000

/** A promise that was not kept. */
export interface Violation {
  readonly invariant: string
  readonly detail: string
}

/** One seed's time, chance and record. */
export class World {
  readonly scheduler = new Scheduler()
  readonly random: Random
  violation: Violation | undefined
  readonly #traced: boolean
  #trace: string[] = []
  #names = 0

  /** @param traced false keeps no record, which is faster */
  constructor(seed: number, traced: boolean) {
    this.random = new Random(seed)
    this.#traced = traced
  }

  /** What happened lately, oldest first. */
  get trace(): readonly string[] {
    return this.#trace
  }

  /** Takes note of what happened. */
  note(who: string, what: string, ...details: readonly unknown[]): void {
    if (!this.#traced) return
    const time = (this.scheduler.now / 1_000).toFixed(4).padStart(8)
    this.#trace.push(`${time} ${who.padEnd(6)} ${what} ${details.map(shown).join(' ')}`.trimEnd())
    if (this.#trace.length > MAX_TRACE * 2) this.#trace = this.#trace.slice(-MAX_TRACE)
  }

  /** Ends the simulation: something was promised and not kept. Only the first one counts. */
  fail(invariant: string, detail: string): void {
    this.violation ??= { invariant, detail }
    this.note('!', invariant, detail)
  }

  /** From `least` up to `most`. */
  between(least: number, most: number): number {
    return least + this.random.next() * (most - least)
  }

  chance(probability: number): boolean {
    return this.random.next() < probability
  }

  /** A name that was never given before. */
  newName(kind: string): string {
    this.#names += 1
    return `${kind}${this.#names}`
  }
}

const shown = (detail: unknown): string => (typeof detail === 'string' ? detail : JSON.stringify(detail))
