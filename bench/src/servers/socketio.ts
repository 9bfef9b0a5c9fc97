// Socket.IO's own room broadcast, with its default options, over WebSocket alone.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { BENCH_CHANNEL, benchEnvelope } from '../wire/benchEvent.ts'
import { takePart } from './contestant.ts'

const http = createServer()
const io = new Server(http, { transports: ['websocket'] })
let offset = 0

io.on('connection', (socket) => {
  socket.on('subscribe', async (channel: string, acknowledge: () => void) => {
    await socket.join(channel)
    acknowledge()
  })
})

takePart({
  listen: () =>
    new Promise((resolve) =>
      http.listen(0, '127.0.0.1', 4_096, () => resolve((http.address() as AddressInfo).port)),
    ),
  broadcast(dueMicros) {
    offset += 1
    io.to(BENCH_CHANNEL).emit('event', benchEnvelope(offset, dueMicros))
  },
  connections() {
    return io.engine.clientsCount
  },
  async close() {
    await io.close()
  },
})
