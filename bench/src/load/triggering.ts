// Triggers events as fast as the server answers. Requests are signed before and sent over bare sockets, so that this process
// costs little beside the server's.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Triggered, TriggerOptions } from '../processes/contracts.ts'
import { triggerRequest } from '../wire/pusherRequest.ts'
import { Latencies } from './latencies.ts'

/** More requests than any server answers in a second. */
const SIGNED_PER_SECOND = 15_000
const END_OF_HEAD = '\r\n\r\n'

/** Numbers of events go on from run to run: no two requests are the same. */
let nextNumber = 0

/** Triggers for `seconds`. @throws Error when a request is refused or a connection is lost */
export async function triggerEvents(options: TriggerOptions): Promise<Triggered> {
  const { batch, channels, connections, port, seconds } = options
  const requests = Array.from({ length: seconds * SIGNED_PER_SECOND }, () => {
    const numbers = Array.from({ length: batch }, (_, index) => nextNumber + index)
    nextNumber += batch
    return triggerRequest(numbers, channels)
  })
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const latencies = new Latencies()
  let answered = 0
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const deadline = startedAt + seconds * 1e3
  await Promise.all(
    sockets.map(async (socket) => {
      while (performance.now() < deadline) {
        const request = requests.pop()
        if (request === undefined) return
        const sentAt = performance.now()
        await exchange(socket, request)
        answered += 1
        latencies.add((performance.now() - sentAt) * 1e3)
      }
    }),
  )
  const elapsedMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  for (const socket of sockets) socket.destroy()
  const requestsPerSecond = (answered * 1e3) / elapsedMs
  return {
    requestsPerSecond,
    eventsPerSecond: requestsPerSecond * batch,
    latency: latencies.summary(),
    cpuMicros: user + system,
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  return socket
}

/** Sends a request and waits for the whole of its answer, which is two bytes long when all is well. */
function exchange(socket: Socket, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const settle = (error?: Error) => {
      socket.off('data', take)
      socket.off('close', lost)
      if (error === undefined) resolve()
      else reject(error)
    }
    const take = (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (!answer.startsWith('HTTP/1.1 200 '))
        settle(new Error(`a trigger was refused: ${answer.slice(0, 2_000)}`))
      else if (answer.endsWith(`${END_OF_HEAD}{}`)) settle()
    }
    const lost = () => settle(new Error('a connection was lost'))
    socket.on('data', take)
    socket.once('close', lost)
    socket.write(request)
  })
}
