import { type Message, NowcastError } from '@nowcast/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await ScriptedServer.start()
  server.conversations.create('one', 3)
  server.conversations.create('two', 2)
})

afterEach(() => server.stop())

function listening(token: string | (() => string) = 'ada') {
  const client = testClient(server, { token })
  const told: string[][] = []
  const listen = () =>
    client.inbox.on((messages) =>
      told.push(messages.map(({ conversation, offset }) => `${conversation} ${offset}`)),
    )
  return { client, told, listen, stop: listen() }
}

const missed = (conversation: string, offset: number): Message =>
  server.conversations.message(conversation, offset)

describe('the inbox', () => {
  it('tells what was missed, and that it was delivered', async () => {
    server.conversations.inbox = [missed('one', 2), missed('two', 1), missed('one', 3)]
    const { told } = listening()
    await until(() => told.length === 1, 'the inbox')
    expect(told).toEqual([['one 2', 'two 1', 'one 3']])
    await until(() => server.conversations.receipts.get('one')?.get('ada')?.delivered === 3, 'the receipt')
    await until(
      () => server.conversations.receipts.get('two')?.get('ada')?.delivered === 1,
      'the other receipt',
    )
    expect(server.count('conversation.receipt')).toBe(2)
  })

  it('is asked for after each connection, and tells nothing twice', async () => {
    server.conversations.inbox = [missed('one', 1)]
    const { told } = listening()
    await until(() => told.length === 1, 'the inbox')
    server.conversations.inbox = [missed('one', 1), missed('one', 2)]
    server.cut()
    await until(() => told.length === 2, 'the inbox of the next connection')
    expect(told[1]).toEqual(['one 2'])
    expect(server.count('conversation.inbox')).toBe(2)
  })

  it('waits out a server that can not read it now', async () => {
    let refusals = 1
    server.script = ({ type }) =>
      type === 'conversation.inbox' && refusals-- > 0
        ? new NowcastError('unavailable', 'Later.', { retryAfterMs: 1 })
        : undefined
    server.conversations.inbox = [missed('one', 1)]
    const { told } = listening()
    await until(() => told.length === 1, 'the inbox')
  })

  it('is asked for while somebody listens only', async () => {
    const { client, stop, listen, told } = listening()
    stop()
    await until(() => client.connection.state === 'connected', 'the connection')
    await client.conversations.open()
    expect(server.count('conversation.inbox')).toBe(0)
    server.conversations.inbox = [missed('one', 1)]
    listen()
    await until(() => told.length === 1, 'the inbox')
  })

  it("is each user's own", async () => {
    server.conversations.inbox = [missed('one', 1)]
    let user = 'ada'
    const { told } = listening(() => user)
    await until(() => told.length === 1, 'the inbox')
    user = 'alan'
    server.cut()
    await until(() => told.length === 2, 'the inbox of another')
    expect(told[1]).toEqual(['one 1'])
  })
})
