// The seam behind which a channel's past lives: the engine's memory or Redis, or PostgreSQL for conversations.
import type { Position, Publication } from '@nowcast/protocol'
import type { ChannelKey } from '../foundation/channelKey.ts'

/** Which publications of a channel to read. Offsets are exclusive bounds. */
export type HistoryQuery =
  /** The oldest `limit` publications with an offset above `after`. */
  | { readonly after: number; readonly limit: number }
  /** The newest `limit` publications, below `before` where given. */
  | { readonly before?: number; readonly limit: number }

/** What was read, at one moment. */
export interface HistorySlice {
  /** The channel's newest place at that moment. */
  readonly position: Position
  /** Ascending by offset. */
  readonly publications: readonly Publication[]
  /** True when the history holds more beyond the limit, in the direction that was read. */
  readonly more: boolean
}

/** Reads a channel's past. */
export interface History {
  /**
   * @throws NowcastError `unavailable` when the history can't be read now
   */
  read(channel: ChannelKey, query: HistoryQuery): Promise<HistorySlice>
}
