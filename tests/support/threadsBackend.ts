// The backend of the Threads example, running on a database of its own, and pages that are signed in to it.
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createApplication } from '../../examples/threads/server/application.ts'
import type { Broadcasts, Me } from '../../examples/threads/shared/api.ts'
import { TestDatabase } from './testDatabase.ts'

/** The secret that the backend and the realtime server share. */
export const SECRET = 'the-secret-of-threads'

/** The app that the backend broadcasts for. */
export const APP = { appId: '1', key: 'threads-key', secret: SECRET }

/** An event as it arrived over Pusher's HTTP interface. */
export interface Triggered {
  readonly name: keyof Broadcasts
  readonly channels: readonly string[]
  readonly data: Record<string, unknown>
  readonly socket: string | undefined
}

/** Stands where the realtime server is: takes what is signed rightly, and keeps it. */
export class TriggerRecorder {
  readonly events: Triggered[] = []
  readonly refused: string[] = []
  /** Called with each event before it is answered; returns the status of the answer. */
  answer: (event: Triggered) => number | Promise<number> = () => 200
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const body = Buffer.concat(chunks).toString()
      if (!isSigned(request.method ?? '', request.url ?? '', body)) {
        this.refused.push(request.url ?? '')
        response.writeHead(401).end()
        return
      }
      const { name, channels, data, socket_id } = JSON.parse(body)
      const event: Triggered = { name, channels, data: JSON.parse(data), socket: socket_id }
      const status = await this.answer(event)
      if (status === 200) this.events.push(event)
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  }

  /** Starts one on a free port. */
  static async start(): Promise<TriggerRecorder> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TriggerRecorder(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The events of a name, in their order. */
  named<Name extends keyof Broadcasts>(name: Name): Triggered[] {
    return this.events.filter((event) => event.name === name)
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function isSigned(method: string, url: string, body: string): boolean {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const signature = searchParams.get('auth_signature')
  searchParams.delete('auth_signature')
  const query = [...searchParams]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map((pair) => pair.join('='))
  const expected = createHmac('sha256', SECRET)
    .update([method, pathname, query.join('&')].join('\n'))
    .digest('hex')
  return (
    pathname === `/apps/${APP.appId}/events` &&
    signature === expected &&
    searchParams.get('auth_key') === APP.key &&
    searchParams.get('body_md5') === createHash('md5').update(body).digest('hex')
  )
}

/** A page of somebody, with the cookies that the backend gave it. */
export class Page {
  readonly #url: string
  cookie = ''

  constructor(url: string) {
    this.#url = url
  }

  /** Sends a request as a page does: objects as JSON, bytes as they are. */
  async send(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const type = body instanceof Uint8Array ? 'application/octet-stream' : 'application/json'
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(this.cookie === '' ? {} : { cookie: this.cookie }),
        ...(body === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
      body: body instanceof Uint8Array ? Buffer.from(body) : body === undefined ? null : JSON.stringify(body),
    })
    const [cookie] = response.headers.getSetCookie()
    if (cookie !== undefined) this.cookie = cookie.split(';')[0] ?? ''
    return response
  }

  /** Sends a request that must succeed. @returns what was answered */
  async call(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>) {
    const response = await this.send(method, path, body, headers)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  /** Sends a request that must be refused. @returns status and code */
  async refusal(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>) {
    const response = await this.send(method, path, body, headers)
    const { error } = await response.json()
    return `${response.status} ${error.code}`
  }

  /** Asks to be let into a channel, as pusher-js does. */
  authorize(channel: string, socket = '12.34'): Promise<Response> {
    return fetch(`${this.#url}/api/realtime/auth`, {
      method: 'POST',
      headers: { cookie: this.cookie },
      body: new URLSearchParams({ socket_id: socket, channel_name: channel }),
    })
  }

  /** Who is signed in. */
  me(): Promise<Me> {
    return this.call('GET', '/api/me')
  }
}

/** A running backend. */
export interface ThreadsBackend {
  readonly url: string
  readonly database: TestDatabase
  /** A page of somebody, by the first part of the address; undefined: of nobody. */
  page(name?: 'maya' | 'jonas' | 'priya' | 'tomas' | 'ines' | 'wei'): Promise<Page>
  stop(): Promise<void>
}

/** What a test may want to be otherwise. */
export interface ThreadsOptions {
  readonly app?: typeof APP
  /** Folder of built pages. */
  readonly pages?: string
  /** Without it the backend has one of its own. */
  readonly database?: TestDatabase
}

/** Starts the backend. @param realtimeUrl where it broadcasts */
export async function startThreads(
  realtimeUrl: string,
  { app = APP, pages, database: shared }: ThreadsOptions = {},
): Promise<ThreadsBackend> {
  const database = shared ?? (await TestDatabase.start())
  const application = await createApplication(
    {
      host: '127.0.0.1',
      port: 0,
      databaseUrl: database.embedded.url,
      cookieSecret: undefined,
      realtime: { url: realtimeUrl, ...app },
    },
    pages ?? join(database.folder, 'no-pages'),
  )
  application.log.level = 'silent'
  const url = await application.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    database,
    async page(name) {
      const page = new Page(url)
      if (name === undefined) return page
      const domain = name === 'ines' || name === 'wei' ? 'halcyon' : 'northwind'
      await page.call('POST', '/api/login', { email: `${name}@${domain}.example`, password: 'threads' })
      return page
    },
    async stop() {
      await application.close()
      if (shared === undefined) await database.stop()
    },
  }
}
