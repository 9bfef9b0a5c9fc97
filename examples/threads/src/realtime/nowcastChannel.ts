// A channel of Nowcast's client.
import type { Channel, ChannelPresence, NowcastClient } from '@nowcast/client'
import { type CollaborationTransport, nowcastTransport } from '@nowcast/yjs'
import { memberOf, sortMembers } from './members.ts'
import {
  type ChannelState,
  type EventListener,
  type Members,
  NO_MEMBERS,
  type RealtimeChannel,
} from './realtime.ts'
import { Signal } from './signal.ts'
import { Variable } from './variable.ts'

const PRESENCE = 'presence-'

/** An event of a page is about this moment: one that could not be sent by then is not sent. */
const CLIENT_EVENT_TIMEOUT_MS = 2_000

/** A channel that is subscribed until `leave`. */
export class NowcastChannel implements RealtimeChannel {
  readonly name: string
  readonly state = new Variable<ChannelState>('subscribing')
  readonly members = new Variable<Members>(NO_MEMBERS)
  readonly #client: NowcastClient
  readonly #channel: Channel
  readonly #missed = new Signal()
  readonly #stops: (() => void)[]

  constructor(client: NowcastClient, name: string) {
    this.name = name
    this.#client = client
    this.#channel = client.channel(name)
    this.#stops = [
      this.#channel.onState(() => this.#follow()),
      // Keeps it subscribed; what was missed while the connection was away is delivered before what is new.
      this.#channel.onGap(() => this.#missed.tell()),
    ]
    if (name.startsWith(PRESENCE)) this.#becomeMember(client.presence(name))
  }

  on(event: string, listener: EventListener): () => void {
    return this.#channel.onAny(({ name, data, sender }) => {
      if (name === event) listener(data, sender)
    })
  }

  onMissed(listener: () => void): () => void {
    return this.#missed.listen(listener)
  }

  sendClientEvent(event: string, data: Readonly<Record<string, string | boolean>>): void {
    if (this.#client.connection.state !== 'connected') return
    this.#channel.publish(event, data, { echo: false, timeoutMs: CLIENT_EVENT_TIMEOUT_MS }).catch(() => {
      // It was about that moment; nobody waits for it.
    })
  }

  documentTransport(): CollaborationTransport {
    return nowcastTransport(this.#channel)
  }

  leave(): void {
    for (const stop of this.#stops) stop()
    this.#channel.close()
  }

  #follow(): void {
    const { state } = this.#channel.getSnapshot()
    if (state === 'refused') this.state.set('refused')
    if (state !== 'subscribed') return
    const isFirst = this.state.getSnapshot() !== 'subscribed'
    this.state.set('subscribed')
    if (isFirst) this.#missed.tell()
  }

  #becomeMember(presence: ChannelPresence): void {
    const show = () => {
      const { members, count } = presence.getSnapshot()
      const people = members.map(({ id, name, avatar }) => memberOf(id, { name, avatar }))
      this.members.set({ people: sortMembers(people), count })
    }
    this.#stops.push(presence.subscribe(show), () => void presence.leave())
    presence.enter().catch(() => {
      // Refused as the channel itself is, which the page shows.
    })
    show()
  }
}
