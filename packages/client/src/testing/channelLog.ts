// A channel's history as a server keeps it, with the rules of recovery of the protocol.
import type { Json, Position, Publication, SubscribeResult } from '@nowcast/protocol'

/** A channel on the scripted server. */
export class ChannelLog {
  readonly name: string
  epoch = 'epoch-1'
  /** Publications up to this offset are no longer kept. */
  expiredUpTo = 0
  latestOnly = false
  readonly publications: Publication[] = []

  constructor(name: string) {
    this.name = name
  }

  get position(): Position {
    return { epoch: this.epoch, offset: this.publications.length }
  }

  /** Loses the history. */
  restart(epoch: string): void {
    this.epoch = epoch
    this.publications.length = 0
  }

  append(
    name: string,
    data: Json,
    options: { readonly id?: string; readonly sender?: string } = {},
  ): Publication {
    const offset = this.publications.length + 1
    const { id = `${this.name}-${offset}`, sender } = options
    const publication: Publication = {
      id,
      version: 1,
      channel: this.name,
      name,
      data,
      timestamp: 1_000_000 + offset,
      offset,
      ...(sender === undefined ? {} : { sender }),
    }
    this.publications.push(publication)
    return publication
  }

  /** The outcome of a subscription from `asked`. */
  subscribe(asked: Position | undefined): SubscribeResult {
    const { name: channel, position } = this
    const latestOnly = this.latestOnly ? { latestOnly: true } : {}
    if (asked === undefined) return { channel, position, recovery: 'fresh', ...latestOnly }
    const gap = (reason: 'epoch-changed' | 'offset-ahead' | 'expired'): SubscribeResult => ({
      channel,
      position,
      recovery: 'gap',
      reason,
      action: 'reload',
    })
    if (asked.epoch !== this.epoch) return gap('epoch-changed')
    if (asked.offset > position.offset) return gap('offset-ahead')
    if (asked.offset < this.expiredUpTo) return gap('expired')
    const missed = this.publications.slice(asked.offset)
    return {
      channel,
      position,
      recovery: 'recovered',
      publications: this.latestOnly ? missed.slice(-1) : missed,
      ...latestOnly,
    }
  }
}
