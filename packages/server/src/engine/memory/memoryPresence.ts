// The members of channels in this process. They end with it, so nothing needs a lease.
import type { Json, Position } from '@nowcast/protocol'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import type { Presence, PresenceChange, PresenceListener, PresenceSnapshot } from '../presence.ts'

/** One channel's members. */
interface Channel {
  readonly epoch: string
  offset: number
  readonly infos: Map<string, Json>
}

/** Presence in this process. */
export class MemoryPresence implements Presence {
  readonly #newEpoch: () => string
  /** Channels that have members or are observed. */
  readonly #channels = new Map<ChannelKey, Channel>()
  readonly #observed = new Set<ChannelKey>()
  #listener: PresenceListener | undefined

  /** @param newEpoch makes a string that was never used before */
  constructor(newEpoch: () => string) {
    this.#newEpoch = newEpoch
  }

  listen(listener: PresenceListener): void {
    this.#listener = listener
  }

  async enter(channel: ChannelKey, user: string, info: Json): Promise<void> {
    const { infos } = this.#touch(channel)
    const known = infos.get(user)
    if (known !== undefined && JSON.stringify(known) === JSON.stringify(info)) return
    infos.set(user, info)
    this.#tell(channel, { type: known === undefined ? 'joined' : 'updated', user, info })
  }

  async leave(channel: ChannelKey, user: string): Promise<void> {
    const infos = this.#channels.get(channel)?.infos
    const info = infos?.get(user)
    if (infos === undefined || info === undefined) return
    infos.delete(user)
    this.#tell(channel, { type: 'left', user, info })
    this.#forget(channel)
  }

  async members(channel: ChannelKey): Promise<PresenceSnapshot> {
    const known = this.#channels.get(channel)
    const position: Position = { epoch: known?.epoch ?? this.#newEpoch(), offset: known?.offset ?? 0 }
    return { position, members: Array.from(known?.infos ?? [], ([user, info]) => ({ user, info })) }
  }

  async observe(channel: ChannelKey): Promise<void> {
    this.#observed.add(channel)
    this.#touch(channel)
  }

  async unobserve(channel: ChannelKey): Promise<void> {
    this.#observed.delete(channel)
    this.#forget(channel)
  }

  /** Ends everything. */
  stop(): void {
    this.#listener = undefined
    this.#channels.clear()
    this.#observed.clear()
  }

  #touch(channel: ChannelKey): Channel {
    const known = this.#channels.get(channel)
    if (known !== undefined) return known
    const made: Channel = { epoch: this.#newEpoch(), offset: 0, infos: new Map() }
    this.#channels.set(channel, made)
    return made
  }

  #tell(channel: ChannelKey, change: Omit<PresenceChange, 'offset'>): void {
    const place = this.#touch(channel)
    place.offset += 1
    if (!this.#observed.has(channel)) return
    this.#listener?.presence(channel, [{ offset: place.offset, ...change }], place.epoch)
  }

  #forget(channel: ChannelKey): void {
    if (this.#channels.get(channel)?.infos.size === 0 && !this.#observed.has(channel)) {
      this.#channels.delete(channel)
    }
  }
}
