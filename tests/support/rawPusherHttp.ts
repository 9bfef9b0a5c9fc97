// A client that speaks Pusher's protocol over HTTP by hand, request by request.
import { randomUUID } from 'node:crypto'
import type { RawPusherFrame } from './rawPusherClient.ts'
import { eventually } from './testDatabase.ts'

/** What a request says besides the usual. */
export interface RawRequest {
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer that goes on. */
export class RawStream {
  readonly #aborting = new AbortController()
  text = ''
  ended = false

  /** The lines so far, but for what begins every stream. */
  get lines(): string[] {
    return linesOf(this.text).filter((line) => !/^h{2048}$/.test(line))
  }

  /** Reads a response to its end. */
  async read(request: (signal: AbortSignal) => Promise<Response>): Promise<void> {
    try {
      const response = await request(this.#aborting.signal)
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) this.text += decoder.decode(chunk, { stream: true })
    } catch {
      // It was cut.
    }
    this.ended = true
  }

  async untilLine(pattern: RegExp): Promise<string> {
    const found = () => this.lines.find((line) => pattern.test(line))
    await eventually(() => found() !== undefined, `${pattern} in ${this.text.slice(2_049, 4_000)}`)
    return found() ?? ''
  }

  async untilEnd(): Promise<string[]> {
    await eventually(() => this.ended, 'the end of the stream')
    return this.lines
  }

  cut(): void {
    this.#aborting.abort()
  }
}

/** One session. */
export class RawPusherHttp {
  readonly #url: string
  readonly path: string

  /** @param url of a node, or of what stands before several */
  constructor(
    url: string,
    { key = 'dev-key', session = randomUUID() }: { readonly key?: string; readonly session?: string } = {},
  ) {
    this.#url = url
    this.path = `/pusher/app/${key}/7/${session}`
  }

  /** The same session by another way. */
  by(url: string): RawPusherHttp {
    const [, , , key = '', , session = ''] = this.path.split('/')
    return new RawPusherHttp(url, { key, session })
  }

  /** Makes one request. */
  ask(
    kind: string,
    { body = '', query = 'protocol=7&client=js&version=8.6.0', headers = {} }: RawRequest = {},
    signal: AbortSignal | null = null,
  ): Promise<Response> {
    return fetch(`${this.#url}${this.path}/${kind}?${query}`, { method: 'POST', body, headers, signal })
  }

  /** What a poll is answered with, line by line. */
  async poll(request?: RawRequest): Promise<string[]> {
    return linesOf(await (await this.ask('xhr', request)).text())
  }

  /** Begins or continues a stream. */
  stream(request?: RawRequest): RawStream {
    const stream = new RawStream()
    void stream.read((signal) => this.ask('xhr_streaming', request, signal))
    return stream
  }

  /** Sends messages, and gives the status. */
  async send(messages: readonly (object | string)[], query = ''): Promise<number> {
    const texts = messages.map((message) => (typeof message === 'string' ? message : JSON.stringify(message)))
    const { status } = await this.ask('xhr_send', { body: JSON.stringify(texts), query })
    return status
  }
}

/** The messages that a line holds. */
export const messagesOf = (line: string): RawPusherFrame[] =>
  line.startsWith('a') ? JSON.parse(line.slice(1)).map((text: string) => JSON.parse(text)) : []

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1)
