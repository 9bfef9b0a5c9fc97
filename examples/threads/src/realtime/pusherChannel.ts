// A channel of pusher-js.
import { type CollaborationTransport, pusherTransport } from '@nowcast/yjs'
import type Pusher from 'pusher-js'
import type { Channel, PresenceChannel } from 'pusher-js'
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

const SUBSCRIBED = 'pusher:subscription_succeeded'
const REFUSED = 'pusher:subscription_error'
/** What the backend answers to who may not hear the channel; everything else is a failure that may pass. */
const FORBIDDEN = 403
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000
const MEMBER_EVENTS = [SUBSCRIBED, 'pusher:member_added', 'pusher:member_removed']

const hasMembers = (channel: Channel): channel is PresenceChannel => 'members' in channel

/** A channel that is subscribed until `leave`. */
export class PusherChannel implements RealtimeChannel {
  readonly name: string
  readonly state = new Variable<ChannelState>('subscribing')
  readonly members = new Variable<Members>(NO_MEMBERS)
  readonly #pusher: Pusher
  readonly #channel: Channel
  readonly #missed = new Signal()
  #failures = 0
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(pusher: Pusher, name: string) {
    this.name = name
    this.#pusher = pusher
    this.#channel = pusher.subscribe(name)
    this.#channel.bind(SUBSCRIBED, () => this.#subscribed())
    this.#channel.bind(REFUSED, ({ status }: { readonly status?: number }) => this.#notSubscribed(status))
    for (const event of MEMBER_EVENTS) this.#channel.bind(event, () => this.#showMembers())
  }

  on(event: string, listener: EventListener): () => void {
    const heard = (data: unknown, about?: { readonly user_id?: string }) => listener(data, about?.user_id)
    this.#channel.bind(event, heard)
    return () => {
      this.#channel.unbind(event, heard)
    }
  }

  onMissed(listener: () => void): () => void {
    return this.#missed.listen(listener)
  }

  sendClientEvent(event: string, data: Readonly<Record<string, string | boolean>>): void {
    if (this.#channel.subscribed) this.#channel.trigger(event, data)
  }

  documentTransport(): CollaborationTransport {
    return pusherTransport(this.#channel)
  }

  leave(): void {
    clearTimeout(this.#retry)
    this.#channel.unbind_all()
    this.#pusher.unsubscribe(this.name)
  }

  #subscribed(): void {
    this.#failures = 0
    this.state.set('subscribed')
    // Pusher's protocol replays nothing: what happened before this moment is unknown.
    this.#missed.tell()
  }

  #notSubscribed(status: number | undefined): void {
    if (status === FORBIDDEN) {
      this.state.set('refused')
      return
    }
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LAST_RETRY_MS)
    this.#failures += 1
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#channel.subscribe(), delayMs)
  }

  #showMembers(): void {
    if (!hasMembers(this.#channel)) return
    const { members } = this.#channel
    const people = Object.entries<unknown>(members.members).map(([id, info]) => memberOf(id, info))
    this.members.set({ people: sortMembers(people), count: members.count })
  }
}
