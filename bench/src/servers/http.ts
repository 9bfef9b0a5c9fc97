// The floor of HTTP: a bare `node:http` server that reads a body, looks at nothing, and answers.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { takePart } from './contestant.ts'

let server: Server | undefined

takePart({
  listen: () =>
    new Promise((resolve) => {
      const listening = createServer((request, response) => {
        request.on('data', () => {})
        request.on('end', () => response.writeHead(200, { 'content-length': 2 }).end('{}'))
      })
      listening.listen(0, '127.0.0.1', () => resolve((listening.address() as AddressInfo).port))
      server = listening
    }),
  broadcast() {
    throw new Error('this contestant has no subscribers')
  },
  connections: () => 0,
  async close() {
    server?.closeAllConnections()
    server?.close()
  },
})
