// What core relies on in a network socket.
import { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { UpgradedSocket } from './upgradedSocket.ts'

it.each([1, 100_000])('tells when %i bytes that waited were taken', async (size) => {
  const taking: (() => void)[] = []
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, taken) => void taking.push(taken) })
  const elsewhere = () => new Duplex({ read() {}, write: (_chunk, _encoding, taken) => taken() })
  const webSocket = new WebSocket('ws://localhost', { createConnection: elsewhere })
  const socket = new UpgradedSocket(webSocket, stream)
  socket.write(new Uint8Array(size))
  expect(socket.bufferedBytes).toBe(size)
  let drained = 0
  socket.onceDrained(() => {
    drained += 1
  })
  await new Promise(setImmediate)
  expect(drained).toBe(0)
  while (drained === 0 && taking.length > 0) {
    taking.shift()?.()
    await new Promise(setImmediate)
  }
  expect([drained, socket.bufferedBytes]).toEqual([1, 0])
  webSocket.on('error', () => {})
  webSocket.terminate()
})
