// A server that speaks the native protocol over real WebSockets and misbehaves as a test asks: it cuts connections,
// withholds replies, loses and doubles events.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import {
  type Command,
  decodeFrame,
  encodeFrame,
  type Json,
  limits,
  NATIVE_PATH,
  NowcastError,
  type Publication,
  type PublishResult,
  parseCommand,
  type WireError,
} from '@nowcast/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import { ChannelLog } from './channelLog.ts'
import { ScriptedConversations } from './scriptedConversations.ts'
import { isPeopleCommand, ScriptedPeople } from './scriptedPeople.ts'

/** What a script does with a command: nothing special, refuse it, keep silent, or carry it out and keep silent. */
export type Verdict = undefined | NowcastError | 'ignore' | 'silent'

interface Session {
  readonly socket: WebSocket
  readonly user: string | undefined
  readonly channels: Set<string>
  send(message: object): void
}

/** The scripted server. A token is the user's id. */
export class ScriptedServer {
  readonly url: string
  readonly conversations: ScriptedConversations
  readonly people = new ScriptedPeople()
  /** Every command that came, in order. */
  readonly commands: Command[] = []
  /** Every frame that came, in order. */
  readonly frames: string[] = []
  heartbeatMs = 30_000
  /** How long tokens last; undefined: for ever. */
  tokenLifetimeMs: number | undefined
  /** The server's clock. */
  now = () => 1_000_000
  /** Decides over each command. */
  script: (command: Command) => Verdict = () => undefined
  /** How often an event is pushed: 0 loses it, 2 doubles it. */
  copies: (publication: Publication) => number = () => 1
  readonly #webSockets: WebSocketServer
  readonly #sessions = new Map<WebSocket, Session>()
  readonly #logs = new Map<string, ChannelLog>()
  readonly #published = new Map<string, PublishResult>()

  private constructor(webSockets: WebSocketServer) {
    this.#webSockets = webSockets
    this.url = `ws://127.0.0.1:${(webSockets.address() as AddressInfo).port}`
    this.conversations = new ScriptedConversations(
      (channel) => this.log(channel),
      (channel, name, data, sender) => this.publish(channel, name, data, { sender }),
    )
    webSockets.on('connection', (socket) => this.#accept(socket))
  }

  static async start(): Promise<ScriptedServer> {
    const webSockets = new WebSocketServer({ host: '127.0.0.1', port: 0, path: NATIVE_PATH })
    await once(webSockets, 'listening')
    return new ScriptedServer(webSockets)
  }

  /** Connections that have said who they are. */
  get connections(): number {
    return this.#sessions.size
  }

  /** Commands of one kind that came. */
  count(type: Command['type']): number {
    return this.commands.filter((command) => command.type === type).length
  }

  /** Connections that are subscribed to a channel. */
  subscribers(channel: string): number {
    return [...this.#sessions.values()].filter(({ channels }) => channels.has(channel)).length
  }

  /** A channel's history. */
  log(channel: string): ChannelLog {
    let log = this.#logs.get(channel)
    if (log === undefined) {
      log = new ChannelLog(channel)
      this.#logs.set(channel, log)
    }
    return log
  }

  /** Publishes an event. */
  publish(
    channel: string,
    name: string,
    data: Json,
    options: { readonly id?: string; readonly sender?: string } = {},
  ): Publication {
    const publication = this.log(channel).append(name, data, options)
    for (let copy = this.copies(publication); copy > 0; copy -= 1) {
      this.push({ type: 'event', ...publication }, channel)
    }
    return publication
  }

  /** Sends something to every connection, or to those subscribed to `channel`. */
  push(message: object, channel?: string): void {
    for (const { socket, channels } of this.#sessions.values()) {
      if (channel === undefined || channels.has(channel)) socket.send(encodeFrame([message]))
    }
  }

  /** Sends a text as it is. */
  pushText(text: string): void {
    for (const { socket } of this.#sessions.values()) socket.send(text)
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const socket of this.#webSockets.clients) socket.terminate()
    this.#forgetSessions()
  }

  /** Closes every connection with a code, after an error where one is given. */
  closeAll(code: number, error?: WireError): void {
    if (error !== undefined) this.push({ type: 'error', error })
    for (const { socket } of this.#sessions.values()) socket.close(code)
    this.#forgetSessions()
  }

  /** Ends a subscription of every connection. */
  expel(channel: string, error: WireError): void {
    this.push({ type: 'unsubscribed', channel, error }, channel)
    for (const { channels } of this.#sessions.values()) channels.delete(channel)
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#webSockets.close(resolve))
  }

  #accept(socket: WebSocket): void {
    socket.on('error', () => {})
    socket.on('close', () => this.#forget(socket))
    socket.on('message', (data) => {
      const text = data.toString()
      this.frames.push(text)
      const bounds = { objects: limits.commandsPerFrame, depth: limits.dataDepth + 2 }
      for (const fields of decodeFrame(text, bounds)) this.#receive(socket, parseCommand(fields))
    })
  }

  #forgetSessions(): void {
    for (const socket of [...this.#sessions.keys()]) this.#forget(socket)
  }

  #forget(socket: WebSocket): void {
    const session = this.#sessions.get(socket)
    this.#sessions.delete(socket)
    if (session !== undefined) this.people.ended(session)
  }

  #receive(socket: WebSocket, command: Command): void {
    this.commands.push(command)
    const verdict = this.script(command)
    if (verdict === 'ignore') return
    let reply: object
    try {
      if (verdict instanceof NowcastError) throw verdict
      reply = { result: this.#serve(socket, command) }
    } catch (error) {
      if (!(error instanceof NowcastError)) throw error
      reply = { error: error.toWire() }
    }
    if (verdict !== 'silent') socket.send(encodeFrame([{ type: 'reply', id: command.id, ...reply }]))
  }

  #serve(socket: WebSocket, command: Command): object {
    if (command.type === 'connect') return this.#connect(socket, command.token)
    const session = this.#sessions.get(socket)
    if (session === undefined) throw new NowcastError('not_connected', 'Connect first.')
    if (isPeopleCommand(command)) return this.people.serve(command, session)
    switch (command.type) {
      case 'ping':
        return {}
      case 'refresh':
        return this.#lifetime()
      case 'subscribe':
        return {
          channels: command.channels.map(({ channel, position }) => {
            session.channels.add(channel)
            return this.log(channel).subscribe(position)
          }),
        }
      case 'unsubscribe':
        for (const channel of command.channels) session.channels.delete(channel)
        return {}
      case 'publish':
        return this.#publish(command, session.user)
      case 'history': {
        const log = this.log(command.channel)
        return { publications: log.publications, position: log.position, more: false }
      }
      default:
        return this.conversations.serve(command, session.user ?? '')
    }
  }

  #connect(socket: WebSocket, user: string | undefined): object {
    const send = (message: object) => socket.send(encodeFrame([message]))
    this.#sessions.set(socket, { socket, user, channels: new Set(), send })
    return {
      connection: String(this.commands.length),
      version: 1,
      server: 'scripted',
      heartbeatMs: this.heartbeatMs,
      maxFrameBytes: 65_536,
      timestamp: this.now(),
      ...(user === undefined ? {} : { user: { id: user } }),
      ...this.#lifetime(),
    }
  }

  #lifetime(): object {
    return this.tokenLifetimeMs === undefined ? {} : { expiresAt: this.now() + this.tokenLifetimeMs }
  }

  #publish({ channel, event, eventId, data }: Command & { type: 'publish' }, user = ''): PublishResult {
    const key = `${channel}\n${user}\n${eventId}`
    const known = this.#published.get(key)
    if (known !== undefined) return { ...known, duplicate: true }
    const { timestamp } = this.publish(channel, event, data, { id: eventId, sender: user })
    const result = { position: this.log(channel).position, timestamp, duplicate: false }
    this.#published.set(key, result)
    return result
  }
}
