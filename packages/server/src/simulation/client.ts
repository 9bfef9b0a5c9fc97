// A simulated client: the real client's connection, subscriptions and outbox, over a simulated WebSocket.
import type { Results } from '@nowcast/protocol'
import { Authorization } from '../../../client/src/authorization/authorization.ts'
import { Subscriptions } from '../../../client/src/channels/subscriptions.ts'
import { Connection } from '../../../client/src/connection/connection.ts'
import { Outbox } from '../../../client/src/outbox/outbox.ts'
import { OutboxStore } from '../../../client/src/outbox/store.ts'
import type { Timers } from '../../../client/src/timers.ts'
import { Route, type SimulatedConnection } from './connection.ts'
import type { ChannelKind, Ledger, Subscriber } from './ledger.ts'
import type { SimulatedNode, ToClient, ToNode } from './node.ts'
import { SimulatedProcess } from './process.ts'
import { simulatedWebSocket } from './webSocket.ts'
import type { World } from './world.ts'

const OUTBOX_SIZE = 1_000
const CONNECT_TIMEOUT_MS = 1_500
const BACKOFF = { minMs: 20, maxMs: 400 }

/** What a client is made of. */
export interface ClientParts {
  readonly world: World
  readonly ledger: Ledger
  readonly pick: () => SimulatedNode | undefined
}

/** One client. */
export class SimulatedClient {
  readonly name: string
  readonly process: SimulatedProcess
  readonly route: Route
  readonly subscribers = new Map<string, Subscriber>()
  readonly #parts: ClientParts
  readonly #connection: Connection
  readonly #subscriptions: Subscriptions
  readonly #outbox: Outbox
  readonly #stops = new Map<string, () => void>()
  #transport: SimulatedConnection<ToNode, ToClient> | undefined
  /** By channel, the last offset that came on this subscription. */
  readonly #pushed = new Map<string, number>()
  #unanswered = 0

  constructor(parts: ClientParts, name: string) {
    const { world } = parts
    this.#parts = parts
    this.name = name
    this.process = new SimulatedProcess(world, name)
    this.route = new Route(world)
    const timers: Timers = {
      now: () => this.process.clock.now(),
      random: () => world.random.next(),
      after: (delayMs, run) => {
        const timer = this.process.clock.after(delayMs, run)
        return () => timer.cancel()
      },
    }
    this.#connection = new Connection({
      url: 'ws://simulated',
      transports: ['websocket'],
      token: name,
      timers,
      backoff: BACKOFF,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      commandTimeoutMs: world.between(500, 3_000),
      WebSocket: simulatedWebSocket({
        process: this.process,
        route: this.route,
        pick: parts.pick,
        onText: (text) => this.#checkRecovery(text),
        onConnection: (connection) => {
          this.#transport = connection
        },
      }),
      onError: (error) => world.fail('nobody talks nonsense', `${name}: ${error.message}`),
    })
    this.#subscriptions = new Subscriptions(
      this.#connection,
      timers,
      new Authorization(undefined, timers),
      () => {},
    )
    this.#outbox = new Outbox(this.#connection, new OutboxStore(undefined, '', () => {}), timers, {
      size: OUTBOX_SIZE,
      user: undefined,
      mustWait: () => false,
      onOtherUser: () => {},
    })
    this.#watchWire()
  }

  /** Events and messages that were not acknowledged yet. */
  get unanswered(): number {
    return this.#unanswered
  }

  /** Listens to a channel from now on. */
  listen(channel: string, kind: ChannelKind): void {
    if (this.subscribers.has(channel)) return
    this.#pushed.delete(channel)
    const subscriber = this.#parts.ledger.subscriber(this.name, channel, kind)
    const position = () => this.#subscriptions.position(channel) ?? { epoch: 'none', offset: -1 }
    const unwatch = this.#subscriptions.watch(channel, () => {
      const { state, position: at } = this.#subscriptions.state(channel)
      if (state !== 'subscribed') this.#pushed.delete(channel)
      if (state === 'subscribed' && at !== undefined) subscriber.began(at)
    })
    const stop = this.#subscriptions.listen(channel, {
      event: (publication) => subscriber.event(publication, position()),
      gap: (gap) => subscriber.gap(gap),
    })
    // Whoever comes back soon goes on from where the page stood.
    const stillAt = this.#subscriptions.position(channel)
    if (stillAt !== undefined) subscriber.began(stillAt)
    this.subscribers.set(channel, subscriber)
    this.#stops.set(channel, () => {
      unwatch()
      stop()
    })
  }

  /** Listens to a channel no more. */
  unlisten(channel: string): void {
    this.#stops.get(channel)?.()
    this.#stops.delete(channel)
    this.#pushed.delete(channel)
    this.subscribers.delete(channel)
  }

  /** Publishes an event, until it is acknowledged. */
  publish(channel: string): void {
    const eventId = this.#parts.world.newName('event')
    const result = this.#outbox.publish({ channel, event: 'n', eventId, data: eventId })
    this.#follow(channel, eventId, result)
  }

  /** Sends a message to a conversation, until it is acknowledged. */
  send(conversation: string, channel: string): void {
    const messageId = this.#parts.world.newName('message')
    const result = this.#outbox.send({ conversation, messageId, body: messageId }, 0)
    this.#follow(channel, messageId, result)
  }

  /** Breaks the connection. */
  break(): void {
    this.#transport?.break()
  }

  /** Ends it, as an application does. */
  close(): void {
    for (const channel of [...this.#stops.keys()]) this.unlisten(channel)
    this.#outbox.close()
    this.#subscriptions.close()
    this.#connection.disconnect()
  }

  /** What the server sends is in order and not repeated, even if the client would drop it. */
  #watchWire(): void {
    const { world } = this.#parts
    this.#connection.listen({
      lost: () => this.#pushed.clear(),
      push: (push) => {
        if (push.type !== 'event' && push.type !== 'gap') return
        const { channel } = push
        if (this.#subscriptions.state(channel).state !== 'subscribed') {
          this.#pushed.delete(channel)
          return
        }
        const offset = push.type === 'event' ? push.offset : push.position.offset
        const before = this.#pushed.get(channel) ?? -1
        if (push.type === 'event' && offset <= before) {
          world.fail('a server repeats nothing', `${this.name} gets ${channel}@${offset} after @${before}`)
        }
        this.#pushed.set(channel, offset)
      },
    })
  }

  /** A recovery brings everything up to the place that it names, even if the client would ask again. */
  #checkRecovery(text: string): void {
    if (!text.includes('"recovery":"recovered"')) return
    const { result }: { readonly result: Results['subscribe'] } = JSON.parse(text)
    for (const subscribed of result.channels) {
      if (!('recovery' in subscribed) || subscribed.recovery !== 'recovered') continue
      const { channel, position, publications = [] } = subscribed
      const first = publications[0]?.offset ?? position.offset + 1
      const isWhole = publications.every(({ offset }, index) => offset === first + index)
      if (isWhole && first + publications.length === position.offset + 1) continue
      const brought = publications.map(({ offset }) => offset)
      const detail = `${this.name} gets ${brought} of ${channel} up to ${position.offset}`
      this.#parts.world.fail('a recovery is whole', detail)
    }
  }

  #follow(
    channel: string,
    id: string,
    result: Promise<{ readonly position: { readonly epoch: string; readonly offset: number } }>,
  ): void {
    const { world, ledger } = this.#parts
    world.note(this.name, 'publishes', channel, id)
    this.#unanswered += 1
    result.then(
      ({ position }) => {
        this.#unanswered -= 1
        ledger.acknowledged(channel, id, position)
      },
      (error: unknown) => {
        this.#unanswered -= 1
        world.note(this.name, 'is refused', id, String(error))
        world.fail('what is published is acknowledged', `${this.name}: ${channel} ${id}: ${error}`)
      },
    )
  }
}
