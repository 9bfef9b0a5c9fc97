// One channel's history in memory: bounded by count and age, with an epoch that says whether it is still the same one.
import type { Position, Publication } from '@nowcast/protocol'
import type { HistoryOptions } from '../engine.ts'
import type { HistoryQuery, HistorySlice } from '../history.ts'

interface Kept {
  readonly publication: Publication
  readonly bytes: number
}

/** Publications of a channel with consecutive offsets, oldest first. */
export class Stream {
  readonly epoch: string
  #offset = 0
  #kept: Kept[] = []
  #bytes = 0
  #expiresAt: number
  #ttlMs = 0
  #size = 0

  /** @param epoch no earlier stream of the same channel had it, unless that one was never published to */
  constructor(epoch: string, now: number) {
    this.epoch = epoch
    this.#expiresAt = now
  }

  /** The newest place. */
  get position(): Position {
    return { epoch: this.epoch, offset: this.#offset }
  }

  /** When the newest publication stops being kept, in milliseconds since 1970. */
  get expiresAt(): number {
    return this.#expiresAt
  }

  /** What the kept publications take, as far as was said when they were added. */
  get bytes(): number {
    return this.#bytes
  }

  /** Adds the publication with the next offset. */
  append(publication: Publication, bytes: number, options: HistoryOptions): void {
    this.#offset = publication.offset
    this.#ttlMs = options.ttlMs
    this.#size = options.size
    this.#expiresAt = publication.timestamp + options.ttlMs
    if (options.size > 0) {
      this.#kept.push({ publication, bytes })
      this.#bytes += bytes
    }
    // Cutting only at twice the size keeps the cost of an append constant.
    if (this.#kept.length > options.size * 2) this.#keep(this.#newest())
  }

  /** Lets go of what is no longer kept at `now`. */
  dropExpired(now: number): void {
    const first = this.#kept[0]
    if (first === undefined || first.publication.timestamp + this.#ttlMs > now) return
    this.#keep(this.#current(now))
  }

  /** Lets go of all publications; the place stays. */
  clear(): void {
    this.#keep([])
  }

  /** What `query` asks for, as of `now`. */
  read(query: HistoryQuery, now: number): HistorySlice {
    const kept = this.#current(now).map(({ publication }) => publication)
    const position = this.position
    if ('after' in query) {
      const found = kept.filter((publication) => publication.offset > query.after)
      return { position, publications: found.slice(0, query.limit), more: found.length > query.limit }
    }
    const { before } = query
    const found = before === undefined ? kept : kept.filter((publication) => publication.offset < before)
    return { position, publications: found.slice(-query.limit), more: found.length > query.limit }
  }

  #keep(kept: Kept[]): void {
    this.#kept = kept
    this.#bytes = kept.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  #newest(): Kept[] {
    return this.#size === 0 ? [] : this.#kept.slice(-this.#size)
  }

  #current(now: number): Kept[] {
    const oldest = now - this.#ttlMs
    return this.#newest().filter(({ publication }) => publication.timestamp > oldest)
  }
}
