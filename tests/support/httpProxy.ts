// An HTTP proxy as they stand in offices and in front of servers: each request goes to the next node in turn, whatever was
// before it, and some kinds of traffic do not get through.
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  request as openRequest,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { dial } from './links.ts'

/** What becomes of requests to upgrade to a WebSocket. `silent`: the upgrade succeeds, and then nothing comes through. */
export type UpgradeRule = 'pass' | 400 | 403 | 'reset' | 'hang' | 'silent'
/** What becomes of answers that go on. `buffer`: they are passed on when they have ended. */
export type StreamRule = 'pass' | 'buffer' | 502

/** Spreads requests over ports of this machine. */
export class HttpProxy {
  readonly #server: Server
  readonly #sockets = new Set<Duplex>()
  #turn = 0
  port = 0
  /** Where requests go, in turns. */
  ports: readonly number[]
  upgrades: UpgradeRule = 'pass'
  streams: StreamRule = 'pass'
  /** Answers to POSTs that are still to be lost after the node has given them. */
  losing = 0
  /** What was asked for, without queries, in order. */
  readonly requests: string[] = []

  private constructor(ports: readonly number[]) {
    this.ports = ports
    this.#server = createServer((request, response) => this.#carry(request, response))
    this.#server.keepAliveTimeout = 1
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#server.on('connection', (socket) => this.#hold(socket))
  }

  /** Starts to spread requests over `ports`. */
  static async start(ports: readonly number[]): Promise<HttpProxy> {
    const proxy = new HttpProxy(ports)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    const address = proxy.#server.address()
    if (address === null || typeof address === 'string') throw new Error('No port was given.')
    proxy.port = address.port
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.requests.filter((asked) => asked === path).length
  }

  /** Ends everything that is under way at once, as a failing network does. */
  cut(): void {
    for (const socket of [...this.#sockets]) socket.destroy()
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #next(): number {
    this.#turn += 1
    return this.ports[this.#turn % this.ports.length] ?? 0
  }

  #note(request: IncomingMessage): void {
    this.requests.push((request.url ?? '').split('?')[0] ?? '')
  }

  #hold(socket: Duplex): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #carry(request: IncomingMessage, response: ServerResponse): void {
    this.#note(request)
    const { method = 'GET', url = '/', headers } = request
    const options = { host: '127.0.0.1', port: this.#next(), method, path: url, headers, agent: false }
    const outer = openRequest(options, (answer) => this.#answer(request, answer, response))
    outer.on('socket', (socket) => this.#hold(socket))
    outer.on('error', () => {
      if (!response.headersSent) response.writeHead(502)
      response.end()
    })
    response.on('close', () => outer.destroy())
    request.pipe(outer)
  }

  #answer(request: IncomingMessage, answer: IncomingMessage, response: ServerResponse): void {
    const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true
    answer.on('error', () => response.destroy())
    if (request.method === 'POST' && this.losing > 0) {
      this.losing -= 1
      answer.resume()
      answer.on('end', () => response.destroy())
    } else if (isStream && this.streams === 'buffer') {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('end', () => response.writeHead(200, answer.headers).end(Buffer.concat(pieces)))
    } else if (isStream && typeof this.streams === 'number') {
      answer.destroy()
      response.writeHead(this.streams).end()
    } else {
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, connection: 'close' })
      response.flushHeaders()
      answer.pipe(response)
    }
  }

  #upgrade(request: IncomingMessage, inner: Duplex, head: Buffer): void {
    this.#note(request)
    const rule = this.upgrades
    if (rule === 'reset') inner.destroy()
    else if (typeof rule === 'number') inner.end(`HTTP/1.1 ${rule} Refused\r\nConnection: close\r\n\r\n`)
    else if (rule !== 'hang') this.#tunnel(request, inner, head, rule === 'silent')
  }

  #tunnel(request: IncomingMessage, inner: Duplex, head: Buffer, isSilent: boolean): void {
    const outer: Socket = dial(this.#next())
    this.#hold(outer)
    const lines = [`${request.method} ${request.url} HTTP/1.1`]
    for (let index = 0; index < request.rawHeaders.length; index += 2) {
      lines.push(`${request.rawHeaders[index]}: ${request.rawHeaders[index + 1]}`)
    }
    outer.write(`${lines.join('\r\n')}\r\n\r\n`)
    outer.write(head)
    outer.pipe(inner)
    if (!isSilent) inner.pipe(outer)
    outer.on('close', () => inner.destroy())
    inner.on('close', () => outer.destroy())
  }
}
