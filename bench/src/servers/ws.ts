// The same broadcast written naively with `ws`: one `send` per client and event.
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { benchEnvelope } from '../wire/benchEvent.ts'
import { takePart } from './contestant.ts'

let server: WebSocketServer | undefined
let offset = 0

takePart({
  listen: () =>
    new Promise((resolve) => {
      const listening: WebSocketServer = new WebSocketServer(
        { host: '127.0.0.1', port: 0, backlog: 4_096 },
        () => resolve((listening.address() as AddressInfo).port),
      )
      listening.on('connection', (client) => client.on('error', () => client.terminate()))
      server = listening
    }),
  broadcast(dueMicros) {
    offset += 1
    const json = JSON.stringify({ type: 'event', ...benchEnvelope(offset, dueMicros) })
    for (const client of server?.clients ?? []) client.send(json)
  },
  connections() {
    return server?.clients.size ?? 0
  },
  async close() {
    for (const client of server?.clients ?? []) client.terminate()
    server?.close()
  },
})
