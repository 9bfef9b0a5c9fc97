// Presence that can be out of reach and lose changes, for tests of those who must cope with that.
import { type Json, NowcastError } from '@nowcast/protocol'
import { MemoryPresence } from '../engine/memory/memoryPresence.ts'
import type { Presence, PresenceListener, PresenceSnapshot } from '../engine/presence.ts'
import type { ChannelKey } from '../foundation/channelKey.ts'

/** The presence of one process, with faults. */
export class UnreliablePresence implements Presence {
  /** While false, whatever is asked is refused as `unavailable`. */
  isUp = true
  /** While true, changes are lost. */
  isDeaf = false
  readonly #memory: MemoryPresence
  #listener: PresenceListener | undefined
  #held: { readonly taken: 'before' | 'after'; readonly released: Promise<void> } | undefined

  constructor() {
    let epochs = 0
    this.#memory = new MemoryPresence(() => {
      epochs += 1
      return `epoch-${epochs}`
    })
    this.#memory.listen({
      presence: (...change) => {
        if (!this.isDeaf) this.#listener?.presence(...change)
      },
      presenceMoved: (channel) => this.#listener?.presenceMoved(channel),
    })
  }

  /** Tells that changes were missed. */
  move(channel: ChannelKey): void {
    this.#listener?.presenceMoved(channel)
  }

  /** The next snapshot arrives when it is released; it is taken before or after that. */
  holdSnapshot(taken: 'before' | 'after' = 'before'): { release(): void } {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    this.#held = { taken, released }
    return { release: () => release() }
  }

  listen(listener: PresenceListener): void {
    this.#listener = listener
  }

  async enter(channel: ChannelKey, user: string, info: Json): Promise<void> {
    this.#requireUp()
    await this.#memory.enter(channel, user, info)
  }

  async leave(channel: ChannelKey, user: string): Promise<void> {
    await this.#memory.leave(channel, user)
  }

  async members(channel: ChannelKey): Promise<PresenceSnapshot> {
    this.#requireUp()
    const held = this.#held
    this.#held = undefined
    if (held?.taken === 'after') await held.released
    const snapshot = await this.#memory.members(channel)
    await held?.released
    return snapshot
  }

  async observe(channel: ChannelKey): Promise<void> {
    this.#requireUp()
    await this.#memory.observe(channel)
  }

  async unobserve(channel: ChannelKey): Promise<void> {
    await this.#memory.unobserve(channel)
  }

  #requireUp(): void {
    if (!this.isUp) throw new NowcastError('unavailable', 'Presence is out of reach.')
  }
}
