// The floor: a bare TCP writer. The same frames on the same number of sockets as Nowcast, all events of one turn of
// the event loop joined into one write per socket, and nothing else: no parsing, no channels, no bounds.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { benchEnvelope, MOMENT_MARKER, momentDigits } from '../wire/benchEvent.ts'
import { acceptKey, serverFrame } from '../wire/webSocket.ts'
import { takePart } from './contestant.ts'

/** An offset of a usual width, so that the frame is as long as Nowcast's. */
const USUAL_OFFSET = 1_000

const template = serverFrame(JSON.stringify({ type: 'event', ...benchEnvelope(USUAL_OFFSET, 0) }))
const momentAt = template.indexOf(MOMENT_MARKER) + MOMENT_MARKER.length

/** A list, not a set: the fastest to walk. A socket that ended is replaced by the last one. */
const sockets: Socket[] = []
let waiting: Buffer[] = []

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  socket.once('data', (request) => {
    const key = /sec-websocket-key: *(\S+)/i.exec(request.toString('latin1'))?.[1]
    if (key === undefined) {
      socket.destroy()
      return
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`,
    )
    sockets.push(socket)
    socket.once('close', () => {
      const index = sockets.indexOf(socket)
      const last = sockets.pop()
      if (last !== undefined && last !== socket) sockets[index] = last
    })
    socket.resume()
  })
})

function flush(): void {
  const bytes = waiting.length === 1 && waiting[0] !== undefined ? waiting[0] : Buffer.concat(waiting)
  waiting = []
  for (const socket of sockets) socket.write(bytes)
}

takePart({
  listen: () =>
    new Promise((resolve) =>
      server.listen(0, '127.0.0.1', 4_096, () => resolve((server.address() as AddressInfo).port)),
    ),
  broadcast(dueMicros) {
    const frame = Buffer.from(template)
    frame.write(momentDigits(dueMicros), momentAt, 'latin1')
    if (waiting.push(frame) === 1) setImmediate(flush)
  },
  connections() {
    return sockets.length
  },
  async close() {
    server.close()
    for (const socket of [...sockets]) socket.destroy()
  },
})
