// What clients hear of a session in which nothing is said.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { SimulatedClock } from '../../../testing/simulatedClock.ts'
import { Mailbox } from '../../overHttp/mailbox.ts'
import { textFrame } from '../../webSocketFrame.ts'
import { poll } from './polling.ts'
import type { Receiver } from './sessionCalls.ts'
import { Streaming } from './streaming.ts'

let clock: SimulatedClock
let mailbox: Mailbox
let receiver: Receiver
let server: Server | undefined
let abandoned: boolean

beforeEach(() => {
  clock = new SimulatedClock()
  abandoned = false
  mailbox = new Mailbox(clock, 5_000, {
    closed() {},
    abandoned() {
      abandoned = true
    },
  })
  let taken = 0
  receiver = {
    async take(waitMs) {
      const answer = await mailbox.take(taken, waitMs)
      taken = answer.frames.at(-1)?.n ?? taken
      return answer
    },
    keep: () => mailbox.keep(),
    leave: () => mailbox.wake(),
  }
})
afterEach(async () => {
  mailbox.dispose()
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

it('is a heartbeat for who polls, before proxies end what is silent', async () => {
  const answer = poll(receiver, clock, () => false)
  await clock.advance(24_999)
  await clock.advance(1)
  expect(await answer).toBe('h\n')
  expect(abandoned).toBe(false)
})

it('comes sooner where the server is about to go', async () => {
  const answer = poll(receiver, clock, () => true)
  await clock.advance(5_000)
  expect(await answer).toBe('h\n')
})

it('is a heartbeat on a stream, so long after what was last said', async () => {
  server = createServer((_request, response) => {
    const streaming = new Streaming(response, clock)
    streaming.write('o\n')
    void streaming.carry(receiver)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  let text = ''
  const read = async () => {
    text += decoder.decode((await reader?.read())?.value)
  }
  await read()
  await clock.advance(20_000)
  mailbox.write(textFrame('{}'))
  await read()
  expect(text).toBe('o\na["{}"]\n')
  await clock.advance(24_000)
  expect(text).toBe('o\na["{}"]\n')
  await clock.advance(1_000)
  await read()
  expect(text).toBe('o\na["{}"]\nh\n')
  await reader?.cancel()
})
