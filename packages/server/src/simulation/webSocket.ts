// A WebSocket as the client knows it, over a simulated connection to whichever node the load balancer picks.
import type { WebSocketConstructor } from '../../../client/src/options.ts'
import { framePayloads } from '../gateways/webSocketFrame.ts'
import type { Route, SimulatedConnection } from './connection.ts'
import type { SimulatedNode, ToClient, ToNode } from './node.ts'
import type { SimulatedProcess } from './process.ts'

const ABNORMAL = 1006

/** Where a client's WebSockets lead. */
export interface WebSocketParts {
  readonly process: SimulatedProcess
  readonly route: Route
  /** The node that the load balancer picks; undefined when there is none. */
  readonly pick: () => SimulatedNode | undefined
  /** Told of each text before the client is. */
  readonly onText: (text: string) => void
  /** Told of each connection, so that it can be broken. */
  readonly onConnection: (connection: SimulatedConnection<ToNode, ToClient>) => void
}

/** The WebSockets of one client. */
export function simulatedWebSocket(parts: WebSocketParts): WebSocketConstructor {
  const { process, route } = parts
  return class {
    onopen: ((event: object) => void) | null = null
    onmessage: ((event: { readonly data: string }) => void) | null = null
    onclose: ((event: { readonly code: number }) => void) | null = null
    onerror: ((event: object) => void) | null = null
    readonly #connection: SimulatedConnection<ToNode, ToClient> | undefined
    #isOver = false

    constructor() {
      const node = parts.pick()
      if (node === undefined) {
        process.clock.after(route.delayMs(), () => this.#end(ABNORMAL))
        return
      }
      this.#connection = node.connect(route, process, {
        message: (message) => {
          if ('closed' in message) this.#end(message.closed)
          else for (const payload of framePayloads(message.bytes)) this.#receive(payload.toString())
        },
        closed: () => this.#end(ABNORMAL),
      })
      parts.onConnection(this.#connection)
      process.clock.after(route.delayMs(), () => {
        if (!this.#isOver) this.onopen?.({})
      })
    }

    send(text: string): void {
      this.#connection?.client.send({ text })
    }

    close(): void {
      this.#isOver = true
      this.#connection?.client.close()
    }

    #receive(data: string): void {
      if (this.#isOver) return
      parts.onText(data)
      this.onmessage?.({ data })
    }

    #end(code: number): void {
      if (this.#isOver) return
      this.#isOver = true
      this.onclose?.({ code })
    }
  }
}
