// One connection of Pusher's protocol from its first message to its last, over whatever carries it: connecting →
// established → closed.
import { NowcastError } from '@nowcast/protocol'
import type { Subscription, User } from '../../core/connection.ts'
import { newConnectionId } from '../../core/connectionId.ts'
import { Outbox } from '../../core/outbox.ts'
import type { App } from '../../features/apps/app.ts'
import { RateWindow } from '../../features/limits/rateWindow.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import { InOrder } from '../inOrder.ts'
import { Turns } from '../turns.ts'
import { checkClientEvent, countClientEvent, publishClientEvent } from './clientEvents.ts'
import { type Closing, closings, unauthorized } from './closings.ts'
import { encodeEvent, pusherFormat } from './format.ts'
import type { Welcome } from './handshake.ts'
import { Liveness } from './liveness.ts'
import { type EventMessage, type Message, parseMessage } from './messages.ts'
import type { PusherConnection, SignedIn } from './pusherConnection.ts'
import { CLIENT_EVENT_REFUSED, encodeError, encodeSubscriptionError } from './refusals.ts'
import type { PusherContext, PusherLink } from './sessionContext.ts'
import { signIn } from './signIn.ts'
import { subscribe, unsubscribe } from './subscribing.ts'

type State = 'connecting' | 'established' | 'closed'

/** From this version of the protocol on clients answer pings. */
const FIRST_WITH_PINGS = 5
const SIGN_IN = 'pusher:signin'

/** One connection of Pusher's protocol. */
export class PusherSession implements PusherConnection {
  readonly id = newConnectionId()
  readonly address: string
  readonly format = pusherFormat
  readonly outbox: Outbox
  readonly subscriptions = new Map<ChannelKey, Subscription>()
  readonly members = new Map<ChannelKey, string>()
  readonly eventRate = new RateWindow()
  app = ''
  signedIn: SignedIn | undefined
  readonly #context: PusherContext
  readonly #link: PusherLink
  readonly #liveness: Liveness
  readonly #turns = new Turns()
  readonly #eventOrder = new InOrder()
  #state: State = 'connecting'
  #protocol = 0
  #underWay = 0
  #events = 0

  constructor(context: PusherContext, link: PusherLink) {
    this.#context = context
    this.#link = link
    this.#liveness = new Liveness(context.clock.now())
    this.address = link.address
    this.outbox = new Outbox(link.socket, context.flusher, { maxBytes: context.maxOutboxBytes }, () =>
      this.#slowReader(),
    )
  }

  get user(): User | undefined {
    return this.signedIn?.user
  }

  /** Greets a client that is served. */
  establish({ app, protocol }: Welcome): void {
    if (this.#state !== 'connecting') return
    this.#state = 'established'
    this.app = app
    this.#protocol = protocol
    this.#context.hub.connect(this)
    const timeoutMs = this.#app().pusher.activityTimeout
    const greeting = { socket_id: this.id, activity_timeout: Math.ceil(timeoutMs / 1_000) }
    this.outbox.push(encodeEvent('pusher:connection_established', greeting))
  }

  /** Takes a text message. */
  receive(text: string): void {
    this.heard()
    if (this.#state !== 'established') return
    try {
      this.#handle(parseMessage(text))
    } catch (error) {
      this.refuse(error)
    }
  }

  /** Takes note that the peer is alive. */
  heard(): void {
    this.#liveness.heard(this.#context.clock.now())
  }

  /** Called regularly: asks a silent peer, closes a dead one, and one whose app is no longer served. */
  checkAlive(now: number): void {
    if (this.#state !== 'established') return
    const app = this.#context.apps.byId(this.app)
    if (app?.enabled !== true) {
      this.close(app === undefined ? closings.unknownApp : closings.disabled)
      return
    }
    const sign = this.#liveness.look(now, app.pusher)
    const answersPings = this.#protocol >= FIRST_WITH_PINGS
    if (sign === 'dead') this.close(answersPings ? closings.noPong : closings.inactive)
    else if (sign === 'silent' && answersPings) this.outbox.push(encodeEvent('pusher:ping', {}))
    else if (sign === 'silent') this.#link.ping?.()
  }

  /** Ends the connection because its user may not go on. */
  end(error: NowcastError): void {
    this.close(unauthorized(error))
  }

  /** Says why and ends the connection. */
  close({ code, message, counted }: Closing): void {
    if (this.#state === 'closed') return
    this.#context.metrics.refused(counted)
    this.outbox.push(encodeEvent('pusher:error', { code, message }))
    this.outbox.flush()
    this.outbox.close()
    this.#state = 'closed'
    this.#link.socket.close(code, message)
  }

  /** Called once, when the link has ended, whoever ended it. */
  ended(): void {
    this.#state = 'closed'
    this.outbox.close()
    this.#context.hub.disconnect(this)
  }

  refuse(error: unknown, frame: (error: NowcastError) => Uint8Array = encodeError): void {
    if (this.#state === 'closed') return
    const known = this.#known(error)
    this.#context.metrics.refused(known.code)
    this.outbox.push(frame(known))
  }

  nextEventId(): string {
    this.#events += 1
    return `${this.id}-${this.#events}`
  }

  #handle(message: Message): void {
    switch (message.kind) {
      case 'ping':
        this.outbox.push(encodeEvent('pusher:pong', {}))
        return
      case 'pong':
        return
      case 'subscribe': {
        const work = () => subscribe(this.#context, this, this.#app(), message)
        this.#run(message.channel, work, (error) => encodeSubscriptionError(message.channel, error))
        return
      }
      case 'unsubscribe': {
        const work = async () => unsubscribe(this.#context, this, this.#app(), message.channel)
        this.#run(message.channel, work)
        return
      }
      case 'signin':
        this.#run(SIGN_IN, () => signIn(this, this.#app(), message))
        return
      case 'event':
        this.#publish(message)
    }
  }

  // What is not limited does not wait; what waits for a limit does not let later events pass.
  #publish(message: EventMessage): void {
    const refused = (error: NowcastError) =>
      encodeError(error, { code: CLIENT_EVENT_REFUSED, channel: message.channel })
    try {
      const app = this.#app()
      const allowed = checkClientEvent(this.#context, this, app, message)
      const publish = () => publishClientEvent(this.#context, this, app, message, allowed)
      this.#requireRoom()
      const turn = this.#eventOrder.after(countClientEvent(app, this, message))
      this.#follow(turn === undefined ? publish() : turn.then(publish), refused)
    } catch (error) {
      this.refuse(error, refused)
    }
  }

  /** What concerns one channel is done one after another. */
  #run(key: string, work: () => Promise<void>, frame?: (error: NowcastError) => Uint8Array): void {
    try {
      this.#requireRoom()
    } catch (error) {
      this.refuse(error, frame)
      return
    }
    const turn = this.#turns.run(key, async () => {
      if (this.#state === 'established') await work()
    })
    this.#follow(turn, frame)
  }

  #follow(work: Promise<void>, frame?: (error: NowcastError) => Uint8Array): void {
    this.#underWay += 1
    work
      .catch((error: unknown) => this.refuse(error, frame))
      .finally(() => {
        this.#underWay -= 1
      })
  }

  #requireRoom(): void {
    const { maxPendingCommands } = this.#context
    if (this.#underWay < maxPendingCommands) return
    throw new NowcastError(
      'too_many_commands',
      `A connection has at most ${maxPendingCommands} messages under way.`,
    )
  }

  /** The app as it is now. @throws NowcastError `unknown_app` */
  #app(): App {
    const app = this.#context.apps.byId(this.app)
    if (app !== undefined) return app
    throw new NowcastError('unknown_app', 'There is no such app.')
  }

  #slowReader(): void {
    const { code, message, counted } = closings.slowReader
    this.#context.metrics.refused(counted)
    this.#state = 'closed'
    this.#link.socket.close(code, message)
  }

  #known(error: unknown): NowcastError {
    if (error instanceof NowcastError) return error
    this.#context.log.error({ error, connection: this.id }, 'a message failed')
    return new NowcastError('internal', 'Something went wrong on the server.')
  }
}
