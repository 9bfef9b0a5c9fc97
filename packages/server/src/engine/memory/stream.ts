// One channel's history in memory: bounded by count and age, with an epoch of its own.
import type { Position, Publication } from '@nowcast/protocol'
import type { HistoryOptions } from '../engine.ts'
import type { HistoryQuery, HistorySlice } from '../history.ts'

/** Publications of a channel with consecutive offsets, oldest first. */
export class Stream {
  readonly epoch: string
  #offset = 0
  #publications: Publication[] = []
  #expiresAt: number
  #ttlMs = 0
  #size = 0

  /** @param epoch unique to this stream */
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

  /** Adds the publication with the next offset. */
  append(publication: Publication, options: HistoryOptions): void {
    this.#offset = publication.offset
    this.#ttlMs = options.ttlMs
    this.#size = options.size
    this.#expiresAt = publication.timestamp + options.ttlMs
    if (options.size > 0) this.#publications.push(publication)
    // Cutting only at twice the size keeps the cost of an append constant.
    if (this.#publications.length > options.size * 2) this.#cut()
  }

  /** Lets go of what is no longer kept at `now`. */
  dropExpired(now: number): void {
    const first = this.#publications[0]
    if (first === undefined || first.timestamp + this.#ttlMs > now) return
    this.#publications = this.#kept(now)
  }

  /** What `query` asks for, as of `now`. */
  read(query: HistoryQuery, now: number): HistorySlice {
    const kept = this.#kept(now)
    const position = this.position
    if ('after' in query) {
      const found = kept.filter((publication) => publication.offset > query.after)
      return { position, publications: found.slice(0, query.limit), more: found.length > query.limit }
    }
    const { before } = query
    const found = before === undefined ? kept : kept.filter((publication) => publication.offset < before)
    return { position, publications: found.slice(-query.limit), more: found.length > query.limit }
  }

  #cut(): void {
    this.#publications = this.#size === 0 ? [] : this.#publications.slice(-this.#size)
  }

  #kept(now: number): Publication[] {
    const oldest = now - this.#ttlMs
    const newest = this.#size === 0 ? [] : this.#publications.slice(-this.#size)
    return newest.filter((publication) => publication.timestamp > oldest)
  }
}
