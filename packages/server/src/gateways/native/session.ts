// One native connection from its first frame to its last: connecting → ready → closed.
import {
  type Command,
  type Commands,
  closeCodes,
  decodeFrame,
  type ErrorKind,
  errorKinds,
  limits,
  NowcastError,
  PROTOCOL_VERSION,
  type Push,
  parseCommand,
  type Results,
  type WireError,
} from '@nowcast/protocol'
import type { Subscription, User, WireFormat } from '../../core/connection.ts'
import { Outbox } from '../../core/outbox.ts'
import { Grants } from '../../features/channels/grants.ts'
import { recheckSubscriptions } from '../../features/channels/recheck.ts'
import type { ChannelKey } from '../../foundation/channelKey.ts'
import { InOrder } from '../inOrder.ts'
import { Turns } from '../turns.ts'
import { serve } from './commands.ts'
import { CommandsUnderWay } from './commandsUnderWay.ts'
import { encodeMessage } from './format.ts'
import type { NativeConnection, ServedCommand, ServedType } from './handlers/handler.ts'
import { Liveness } from './liveness.ts'
import type { Link, SessionContext } from './sessionContext.ts'
import { checkClient, publicUser, signIn, signInAgain } from './signIn.ts'

type State = 'connecting' | 'authenticating' | 'ready' | 'closed'

/** Nesting of a frame's objects: the command itself, and its data. */
const FRAME_BOUNDS = { objects: limits.commandsPerFrame, depth: limits.dataDepth + 2 }

/** One native connection. */
export class Session implements NativeConnection {
  readonly id: string
  readonly app: string
  readonly address: string
  readonly format: WireFormat
  readonly outbox: Outbox
  readonly subscriptions = new Map<ChannelKey, Subscription>()
  readonly turns = new Turns()
  readonly grants = new Grants()
  user: User | undefined
  readonly #context: SessionContext
  readonly #link: Link
  #state: State = 'connecting'
  readonly #order = new InOrder()
  readonly #openedAt: number
  readonly #liveness: Liveness
  readonly #underWay: CommandsUnderWay
  #tokenExpiresAt: number | undefined

  constructor(context: SessionContext, id: string, link: Link) {
    this.#context = context
    this.#link = link
    this.#openedAt = context.clock.now()
    this.#liveness = new Liveness(context.heartbeatMs, this.#openedAt)
    this.#underWay = new CommandsUnderWay(context.maxPendingCommands)
    this.id = id
    this.app = context.app.id
    this.address = link.address
    this.format = link.format
    this.outbox = new Outbox(link.socket, context.flusher, { maxBytes: context.maxOutboxBytes }, () =>
      this.#slowReader(),
    )
  }

  /** Takes a text frame. */
  receive(text: string): void {
    this.heard()
    if (this.#state === 'closed') return
    let objects: ReturnType<typeof decodeFrame>
    try {
      objects = decodeFrame(text, FRAME_BOUNDS)
    } catch (error) {
      this.fail(error)
      return
    }
    for (const fields of objects) {
      try {
        this.#handle(parseCommand(fields))
      } catch (error) {
        this.#refuseFields(fields.id, error)
      }
    }
  }

  /** Takes note that the peer is alive. */
  heard(): void {
    this.#liveness.heard(this.#context.clock.now())
  }

  /** Called regularly: pings a silent peer, closes a dead one, and one whose token has ended. */
  checkAlive(now: number): void {
    if (this.#state !== 'ready') {
      // However much else the peer says. A token that is being verified has a time limit of its own.
      if (this.#state === 'connecting' && now - this.#openedAt > this.#context.connectTimeoutMs)
        this.fail(new NowcastError('connect_timeout', 'No connect command came in time.'))
      return
    }
    const sign = this.#liveness.look(now)
    if (sign === 'dead') {
      this.fail(new NowcastError('heartbeat_timeout', 'Nothing was heard for two heartbeats.'))
    } else if (this.#tokenExpiresAt !== undefined && now > this.#tokenExpiresAt) {
      this.fail(new NowcastError('token_expired', 'The token has expired.'))
    } else if (sign === 'silent') this.#link.ping()
  }

  /** Tells an error that belongs to no command, and closes the connection when the error says so. */
  fail(error: unknown): void {
    if (this.#state === 'closed') return
    const wire = this.#toWire(error)
    this.#push({ type: 'error', error: wire })
    this.#closeFor(wire)
  }

  /** Ends the connection for a reason that belongs to no command. */
  end(error: NowcastError): void {
    this.fail(error)
  }

  /** Ends the connection without an error. */
  close(code: number, reason: string): void {
    if (this.#state === 'closed') return
    this.outbox.flush()
    this.outbox.close()
    this.#state = 'closed'
    this.#link.socket.close(code, reason)
  }

  /** Tells the client to connect elsewhere within `reconnectWithinMs`. */
  drain(reconnectWithinMs: number): void {
    if (this.#state === 'ready') this.#push({ type: 'draining', reconnectWithinMs })
  }

  /** Tells the client which services are down. @param frame the encoded push, the same for all */
  tellStatus(frame: Uint8Array): void {
    if (this.#state === 'ready') this.outbox.push(frame)
  }

  /** Called once, when the link has ended, whoever ended it. */
  ended(): void {
    this.#state = 'closed'
    this.outbox.close()
    this.#context.features.hub.disconnect(this)
  }

  #handle(command: Command): void {
    if (command.type === 'connect') {
      const connected = this.#connect(command)
      this.#settle(command.id, connected)
      connected.then(
        () => this.#link.established(),
        () => {},
      )
      return
    }
    if (this.#state !== 'ready') {
      throw new NowcastError(
        'not_connected',
        'The first command must be "connect", answered before the next.',
      )
    }
    this.#underWay.requireRoom()
    const result = command.type === 'refresh' ? this.#refresh(command) : this.#serve(command)
    // One about many channels is as much work as many commands.
    this.#settle(command.id, result, 'channels' in command ? command.channels.length : 1)
  }

  // What is not limited must not wait: most events are published without a limit.
  #serve(command: ServedCommand): Promise<Results[ServedType]> | Results[ServedType] {
    const { features, commandLimits } = this.#context
    const turn = this.#order.after(commandLimits.take(command, this))
    if (turn === undefined) return serve(features, this, command)
    return turn.then(() => {
      if (this.#state !== 'closed') return serve(features, this, command)
      throw new NowcastError('not_connected', 'The connection has ended.')
    })
  }

  #settle(id: number, result: Promise<Results[keyof Results]> | Results[keyof Results], weight = 1): void {
    this.#underWay.follow(result, weight, {
      answer: (value) => this.#answer(id, value),
      refuse: (error) => this.#refuse(id, error),
    })
  }

  #answer(id: number, result: Results[keyof Results]): void {
    if (this.#state !== 'closed') this.outbox.push(encodeMessage({ type: 'reply', id, result }))
  }

  async #connect(command: Commands['connect']): Promise<Results['connect']> {
    const { features, clock, node, heartbeatMs, maxFrameBytes } = this.#context
    if (this.#state !== 'connecting')
      throw new NowcastError('already_connected', 'The connection is established already.')
    checkClient(this.#context, command)
    this.#state = 'authenticating'
    const verified = await signIn(this.#context, command.token).catch((error: unknown) => {
      if (this.#state === 'authenticating') this.#state = 'connecting'
      throw error
    })
    if (this.#state !== 'authenticating')
      throw new NowcastError('connect_timeout', 'The connection has ended.')
    this.#state = 'ready'
    this.user = verified?.user
    this.#tokenExpiresAt = verified?.expiresAt
    features.hub.connect(this)
    return {
      connection: this.id,
      version: PROTOCOL_VERSION,
      server: node,
      heartbeatMs,
      maxFrameBytes,
      timestamp: clock.now(),
      ...(verified === undefined ? {} : { user: publicUser(verified.user) }),
      ...(verified?.expiresAt === undefined ? {} : { expiresAt: verified.expiresAt }),
    }
  }

  async #refresh(command: Commands['refresh']): Promise<Results['refresh']> {
    const { features } = this.#context
    const { user, expiresAt } = await signInAgain(this.#context, this.user, command.token)
    this.user = user
    this.#tokenExpiresAt = expiresAt
    features.presence.refreshed(this)
    await recheckSubscriptions(features.access, features.hub, this, this.grants)
    return expiresAt === undefined ? {} : { expiresAt }
  }

  // A command without a usable id can't be answered; the error goes out on its own.
  #refuseFields(id: unknown, error: unknown): void {
    if (typeof id === 'number') this.#refuse(id, error)
    else this.fail(error)
  }

  #refuse(id: number, error: unknown): void {
    if (this.#state === 'closed') return
    const wire = this.#toWire(error)
    this.outbox.push(encodeMessage({ type: 'reply', id, error: wire }))
    // On an established connection a refused command or token changes nothing: the old token still holds.
    if (this.#state !== 'ready') this.#closeFor(wire)
  }

  #closeFor(error: WireError): void {
    const { close }: ErrorKind = errorKinds[error.code]
    if (close !== undefined) this.close(close, error.code)
  }

  #slowReader(): void {
    this.#context.metrics.refused('slow_reader')
    this.#state = 'closed'
    this.#link.socket.close(closeCodes.slowReader, 'slow_reader')
  }

  #push(push: Push): void {
    this.outbox.push(encodeMessage(push))
  }

  #toWire(error: unknown): WireError {
    if (error instanceof NowcastError) {
      this.#context.metrics.refused(error.code)
      return error.toWire()
    }
    this.#context.metrics.refused('internal')
    this.#context.log.error({ error, connection: this.id }, 'a command failed')
    return new NowcastError('internal', 'Something went wrong on the server.').toWire()
  }
}
