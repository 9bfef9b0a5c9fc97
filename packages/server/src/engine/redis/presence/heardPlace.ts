// How far this node has heard a channel's changes. Pure: it tells when some were missed, and never lets one pass twice.
import type { Position } from '@nowcast/protocol'
import type { PresenceChange } from '../../presence.ts'

/** The place in a channel's changes up to which this node has heard them. */
export class HeardPlace {
  #heard: Position | undefined
  /** A place that exists, and that the messages on their way will reach if none was lost. */
  #expected: Position | undefined

  /** Takes a message's changes, in order. Answers those that are new, or 'missed' when some before them never came. */
  hear(epoch: string, changes: readonly PresenceChange[]): readonly PresenceChange[] | 'missed' {
    const first = changes[0]?.offset ?? 1
    const last = changes.at(-1)?.offset ?? 0
    const heard = this.#heard ?? { epoch, offset: first - 1 }
    if (heard.epoch === epoch && last <= heard.offset) return []
    this.#heard = { epoch, offset: last }
    if (heard.epoch !== epoch || first > heard.offset + 1) {
      this.#expected = undefined
      return 'missed'
    }
    return changes.filter(({ offset }) => offset > heard.offset)
  }

  /**
   * Compares with the channel's place. Answers true when changes were missed.
   * @param lossy messages may have been lost before `position` was read; otherwise those up to it may still be on their way,
   * until the next comparison
   */
  compare(position: Position, lossy: boolean): boolean {
    this.#heard ??= position
    const heard = this.#heard
    if (reaches(heard, position)) {
      this.#expected = undefined
      return false
    }
    const missed = lossy || (this.#expected !== undefined && !reaches(heard, this.#expected))
    this.#expected = missed ? undefined : position
    if (missed) this.#heard = position
    return missed
  }
}

const reaches = (heard: Position, place: Position): boolean =>
  heard.epoch === place.epoch && heard.offset >= place.offset
