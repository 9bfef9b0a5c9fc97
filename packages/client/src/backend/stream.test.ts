import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBackend } from './index.ts'

type Request = { readonly path: string; readonly body: Record<string, unknown> }
type Refusal = { readonly status: number; readonly code: string }

let server: Server
let received: Request[]
/** What the next requests whose path ends so are refused with. */
let refusals: { readonly path: string; readonly refusal: Refusal }[]
let hold: Promise<void> | undefined

beforeEach(async () => {
  received = []
  refusals = []
  hold = undefined
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const path = request.url ?? ''
    received.push({ path, body: JSON.parse(Buffer.concat(chunks).toString()) })
    await hold
    const index = refusals.findIndex((planned) => path.endsWith(planned.path))
    const [planned] = index === -1 ? [] : refusals.splice(index, 1)
    const answer =
      planned === undefined
        ? { message: { id: 'the message' }, length: 0 }
        : { error: { code: planned.refusal.code, message: 'Refused.' } }
    response.writeHead(planned?.refusal.status ?? 200).end(JSON.stringify(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const open = (conversation = 'talk', messageId = 'm') =>
  createBackend({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: 'key',
    secret: 'secret',
    retries: 1,
  }).stream(conversation, { sender: 'bot', messageId, thread: 3 })
const until = async (condition: () => boolean) => {
  const deadline = Date.now() + 5_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('Waited in vain.')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
const pieces = () => received.filter(({ path }) => path.endsWith('/append')).map(({ body }) => body)

describe('a message that is written by a backend', () => {
  it('begins, grows by what gathered while a request was under way, and ends with the whole text', async () => {
    const stream = open('talk-#1/e', 'm/1')
    stream.append('one ')
    await until(() => pieces().length === 1)
    let release = () => {}
    hold = new Promise((resolve) => {
      release = resolve
    })
    stream.append('two ')
    await until(() => pieces().length === 2)
    for (const word of ['three ', 'four ', 'five']) stream.append(word)
    release()
    await until(() => pieces().length === 3)
    expect(await stream.finish()).toEqual({ id: 'the message' })
    expect(pieces()).toEqual([
      { at: 0, text: 'one ' },
      { at: 4, text: 'two ' },
      { at: 8, text: 'three four five' },
    ])
    expect(received[0]).toEqual({
      path: '/v1/conversations/talk-%231%2Fe/streams',
      body: { sender: 'bot', messageId: 'm/1', thread: 3 },
    })
    expect(received.at(-1)).toEqual({
      path: '/v1/conversations/talk-%231%2Fe/streams/m%2F1/finish',
      body: { text: 'one two three four five' },
    })
  })

  it('sends all of it again when the server has lost it, and stops when that does not help', async () => {
    const stream = open()
    stream.append('one ')
    await until(() => pieces().length === 1)
    refusals.push({ path: '/append', refusal: { status: 409, code: 'stream_lost' } })
    stream.append('two')
    await until(() => pieces().length === 3)
    expect(pieces()[2]).toEqual({ at: 0, text: 'one two' })
    const lost = { path: '/append', refusal: { status: 409, code: 'stream_lost' } }
    refusals.push(lost, lost)
    stream.append(' three')
    await until(() => pieces().length === 5)
    stream.append(' four')
    expect(await stream.finish()).toBeDefined()
    expect(pieces()).toHaveLength(5)
  })

  it('goes on after a server that was away', async () => {
    const away = { path: '/append', refusal: { status: 503, code: 'unavailable' } }
    refusals.push(away, away)
    const stream = open()
    stream.append('one ')
    await until(() => pieces().length === 2)
    await until(() => refusals.length === 0)
    stream.append('two')
    await until(() => pieces().length >= 3)
    expect(await stream.finish('something else')).toBeDefined()
    expect(received.at(-1)?.body).toEqual({ text: 'something else' })
  })

  it('never sends half a character', async () => {
    const stream = open()
    stream.append('a\ud83d')
    await until(() => pieces().length === 1)
    stream.append('\udc4d')
    await until(() => pieces().length === 2)
    await stream.finish()
    expect(pieces()).toEqual([
      { at: 0, text: 'a' },
      { at: 1, text: '👍' },
    ])
  })

  it('tells at the end why it could not begin', async () => {
    refusals.push({ path: '/streams', refusal: { status: 403, code: 'not_a_member' } })
    refusals.push({ path: '/streams', refusal: { status: 403, code: 'not_a_member' } })
    const stream = open()
    stream.append('one')
    await until(() => received.length === 1)
    await expect(stream.finish()).rejects.toMatchObject({ code: 'not_a_member' })
    expect(pieces()).toEqual([])
  })
})
