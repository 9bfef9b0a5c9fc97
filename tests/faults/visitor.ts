// A user who comes and goes while others stay.
import type { Random } from '../support/random.ts'
import { Companion } from './companion.ts'
import { pause } from './course.ts'
import type { Journal } from './journal.ts'
import { Talker } from './talker.ts'

const LONGEST_VISIT_MS = 6_000
const LONGEST_PAUSE_MS = 100

/** Comes with a new client each time. */
export class Visitor {
  readonly user: string
  readonly #url: string
  readonly #everybody: readonly string[]
  readonly #journal: Journal
  readonly #earlier: string[] = []
  #companion: Companion | undefined

  constructor(user: string, url: string, everybody: readonly string[], journal: Journal) {
    this.user = user
    this.#url = url
    this.#everybody = everybody
    this.#journal = journal
  }

  /** The present client; undefined while the user is away. */
  get companion(): Companion | undefined {
    return this.#companion
  }

  /** Whatever contradicted itself on any visit. */
  get contradictions(): string[] {
    return [...this.#earlier, ...(this.#companion?.contradictions ?? [])]
  }

  /** Comes, unless already there. */
  come(): void {
    if (this.#companion !== undefined) return
    this.#journal.note(this.user, 'comes')
    const { client } = new Talker(this.user, this.#url, [])
    this.#companion = new Companion(this.user, client, this.#everybody, this.#journal)
  }

  /** Closes the client. */
  go(): void {
    if (this.#companion === undefined) return
    this.#journal.note(this.user, 'goes')
    this.#earlier.push(...this.#companion.contradictions)
    this.#companion.leave()
    this.#companion = undefined
  }

  /** Comes and goes for as long as `goesOn` says. */
  async keepVisiting(random: Random, goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      const visitMs = random.below(LONGEST_VISIT_MS)
      const until = Date.now() + visitMs
      if (random.below(2) === 0) this.come()
      else this.go()
      while (goesOn() && Date.now() < until) {
        this.#companion?.act(random)
        await pause(random.below(LONGEST_PAUSE_MS))
      }
    }
  }
}
