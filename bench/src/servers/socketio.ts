// Socket.IO's own room broadcast, with its default options, over WebSocket alone.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { BENCH_CHANNEL, benchEnvelope, monotonicMicros } from '../wire/benchEvent.ts'
import { memberInfo } from '../wire/member.ts'
import { takePart } from './contestant.ts'
import { type Adapter, connectAdapter } from './socketioAdapters.ts'

const http = createServer()
const io = new Server(http, { transports: ['websocket'] })
let adapter: Adapter | undefined
let offset = 0

io.on('connection', (socket) => {
  socket.on('subscribe', async (channel: string, acknowledge: () => void) => {
    await socket.join(channel)
    acknowledge()
  })
})

function emit(channel: string, dueMicros: number): void {
  offset += 1
  io.to(channel).emit('event', benchEnvelope(offset, dueMicros, channel))
}

takePart({
  async listen({ shared }) {
    if (shared?.adapter !== undefined) {
      adapter = await connectAdapter(shared.adapter, shared.redisUrl)
      io.adapter(adapter.create)
    }
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', 4_096, resolve))
    return (http.address() as AddressInfo).port
  },
  broadcast: (dueMicros) => emit(BENCH_CHANNEL, dueMicros),
  publish(channel) {
    emit(channel, monotonicMicros())
    // Adapters send to the other nodes without telling when it is done.
    return undefined
  },
  connections() {
    return io.engine.clientsCount
  },
  describe() {
    for (const socket of io.of('/').sockets.values()) socket.data = memberInfo(socket.id)
  },
  async read() {
    return (await io.in(BENCH_CHANNEL).fetchSockets()).filter(({ data }) => data.status !== undefined).length
  },
  async close() {
    await io.close()
    adapter?.disconnect()
  },
})
