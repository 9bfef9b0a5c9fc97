// Messages written piece by piece, over the wire: on one node, and on two that share a Redis.
import { randomUUID } from 'node:crypto'
import { createBackend } from '@nowcast/client/backend'
import type { Message, SignalEvents, WireError } from '@nowcast/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClusterNodes, overEveryCluster } from '../support/everyCluster.ts'
import { Random } from '../support/random.ts'
import type { RawClient } from '../support/rawClient.ts'
import { signedRequest } from '../support/signedRequest.ts'
import { eventually, TestDatabase } from '../support/testDatabase.ts'
import { TestRedis } from '../support/testRedis.ts'

type Answer = { readonly message?: Message; readonly length?: number; readonly error?: WireError }
type Piece = SignalEvents['message:appended']

const channelOf = (conversation: string) => `conversation-${conversation}`
const signalsOf = (conversation: string) => `signals-${conversation}`
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A text with characters of one, two and four bytes. */
function makeText(random: Random, length: number): string {
  const words = ['tea ', 'time ', 'ü', '👍🏽', '— ', 'a long word ', '\n', '"quoted" ']
  let text = ''
  while (text.length < length) text += random.pick(words)
  return text
}

/** Where a text may be cut without cutting a character. */
function cutAt(text: string, place: number): number {
  const unit = text.charCodeAt(place)
  return unit >= 0xdc00 && unit <= 0xdfff ? place + 1 : place
}

function piecesOf(clients: readonly RawClient[], conversation: string): readonly Piece[] {
  return clients.flatMap((client) => client.events(signalsOf(conversation))).map(({ data }) => data as Piece)
}

/** The text that a reader has who began with `base`. */
function follow(base: string, pieces: readonly Piece[]): string {
  return pieces.reduce((text, piece) => {
    if (piece.at > text.length) throw new Error(`A hole at ${text.length}, before ${piece.at}.`)
    const there = text.slice(piece.at, piece.at + piece.text.length)
    expect(piece.text.startsWith(there)).toBe(true)
    return text + piece.text.slice(there.length)
  }, base)
}

async function talk(cluster: ClusterNodes) {
  const conversation = randomUUID()
  const [ada, bob] = [await cluster.connect('ada'), await cluster.connect('bob', 1)]
  await ada.call('conversation.create', { conversation, name: 'Talk', members: ['bob', 'bot'] })
  for (const client of [ada, bob]) {
    const channels = [{ channel: channelOf(conversation) }, { channel: signalsOf(conversation) }]
    await client.call('subscribe', { channels })
  }
  const post = (path: string, body: object, node = 0) =>
    signedRequest<Answer>(cluster.urlOf(node), `/v1/conversations/${conversation}/streams${path}`, body)
  const begin = async (messageId = 'm', fields: object = {}, node = 0) => {
    const { answer } = await post('', { messageId, sender: 'bot', ...fields }, node)
    if (answer.message === undefined) throw new Error(answer.error?.code)
    return answer.message
  }
  const append = (at: number, text: string, node = 0) => post('/m/append', { at, text }, node)
  const finish = (body: object = {}, node = 0) => post('/m/finish', body, node)
  const read = async (offset: number) =>
    (await bob.call('conversation.message', { conversation, offset })).message
  const heard = (client: RawClient, name: string) =>
    client.events(channelOf(conversation)).filter((event) => event.name === name)
  return { conversation, ada, bob, post, begin, append, finish, read, heard }
}

overEveryCluster({ conversations: { streams: { window: 20, maxBytes: 4_000 } } }, (cluster) => {
  describe('a streamed message', () => {
    it('begins empty, grows for all who read along, and is stored once in the end', async () => {
      const { conversation, ada, bob, begin, append, finish, read, heard } = await talk(cluster())
      const message = await begin('m', { metadata: { model: 'x' } })
      expect(message).toMatchObject({
        id: 'm',
        sender: 'bot',
        body: '',
        streaming: true,
        metadata: { model: 'x' },
      })
      expect((await append(0, 'Hello ')).answer).toEqual({ length: 6 })
      expect((await append(6, 'world', 1)).answer).toEqual({ length: 11 })
      expect(await read(message.offset)).toEqual({ ...message, body: 'Hello world' })
      const page = await ada.call('conversation.history', { conversation })
      expect(page.messages[0]?.body).toBe('Hello world')
      await bob.until(() => follow('', piecesOf([bob], conversation)) === 'Hello world', 'the text')
      const finished = await finish({}, 1)
      const { streaming, ...final } = { ...message, body: 'Hello world' }
      expect([streaming, finished.answer.message]).toEqual([true, final])
      expect(await read(message.offset)).toEqual(final)
      await bob.until(() => heard(bob, 'message:completed').length > 0, 'the end')
      expect(heard(bob, 'message:completed')).toMatchObject([{ data: final, sender: 'bot' }])
      expect((await finish({ text: 'another' })).answer.message).toEqual(final)
      expect((await append(11, '!')).answer.error?.code).toBe('stream_lost')
      const log = await ada.call('history', { channel: channelOf(conversation), limit: 100 })
      expect(log.publications.map(({ name }) => name)).toEqual(['message:created', 'message:completed'])
      const found = await ada.call('conversation.search', { conversation, query: 'lo wor' })
      expect(found.messages).toEqual([final])
    })

    it('can be said anew at its end, and be a reply', async () => {
      const { ada, conversation, begin, append, finish, read } = await talk(cluster())
      const root = await ada.call('conversation.send', { conversation, messageId: 'r', body: 'Why?' })
      const { offset } = await begin('m', { thread: root.message.offset })
      await append(0, 'Becau')
      expect((await finish({ text: 'Because.' })).answer.message).toMatchObject({
        body: 'Because.',
        thread: root.message.offset,
      })
      expect(await read(offset)).toMatchObject({ body: 'Because.' })
      expect(await read(root.message.offset)).toMatchObject({ replies: 1 })
    })

    it('begins once by its id, for one sender, who may send', async () => {
      const { ada, conversation, begin, append } = await talk(cluster())
      const first = await begin()
      await append(0, 'so far')
      expect(await begin('m', {}, 1)).toEqual({ ...first, body: 'so far' })
      await expect(begin('m', { sender: 'bob' })).rejects.toThrow('idempotency_conflict')
      await expect(begin('n', { sender: 'eve' })).rejects.toThrow('not_a_member')
      await expect(begin('n', { thread: 999 })).rejects.toThrow('message_not_found')
      await expect(begin('')).rejects.toThrow('invalid_command')
      const taken = { type: 'conversation.send', conversation, messageId: 'm', body: '' }
      expect((await ada.ask(taken)).error?.code).toBe('body_empty')
      const db = await cluster().database.connect()
      await db.query(`update nowcast.conversations set post_role = 'admin' where id = $1`, [conversation])
      await expect(begin('n')).rejects.toThrow('forbidden')
    })

    it('takes only signed requests', async () => {
      const { conversation } = await talk(cluster())
      const path = `/v1/conversations/${conversation}/streams`
      const wrong = await signedRequest<Answer>(
        cluster().urlOf(0),
        path,
        { messageId: 'm', sender: 'bot' },
        'wrong',
      )
      expect(wrong.answer.error?.code).toBe('signature_invalid')
      expect((await fetch(cluster().urlOf(0) + path, { method: 'POST', body: '{}' })).status).toBe(401)
    })

    it('adds no piece twice, and says where it is when one is missing', async () => {
      const { conversation, bob, begin, append, finish } = await talk(cluster())
      await begin()
      await append(0, 'abc')
      expect((await append(0, 'abc', 1)).answer).toEqual({ length: 3 })
      expect((await append(1, 'bcde')).answer).toEqual({ length: 5 })
      expect((await append(0, 'ab')).answer).toEqual({ length: 5 })
      const hole = await append(9, 'z', 1)
      expect(hole).toMatchObject({ status: 409, answer: { length: 5, error: { code: 'stream_lost' } } })
      expect((await append(2, 'xx')).answer).toMatchObject({ length: 5, error: { code: 'stream_lost' } })
      expect((await append(0, 'abcdefg', 1)).answer).toEqual({ length: 7 })
      await bob.until(() => follow('', piecesOf([bob], conversation)) === 'abcdefg', 'the text')
      expect((await finish()).answer.message?.body).toBe('abcdefg')
    })

    it('is never longer than it may be, and its text is text', async () => {
      const { begin, append, finish, post } = await talk(cluster())
      await begin()
      await append(0, 'a'.repeat(3_990))
      expect((await append(3_990, 'ü'.repeat(6))).answer.error?.code).toBe('body_too_long')
      expect((await append(3_990, 'ü'.repeat(5))).answer).toEqual({ length: 3_995 })
      expect((await append(0, 'half \ud800')).answer.error?.code).toBe('invalid_command')
      expect((await append(-1, 'x')).answer.error?.code).toBe('invalid_command')
      expect((await finish({ text: 'b'.repeat(4_001) })).answer.error?.code).toBe('body_too_long')
      expect((await post('/nothing/append', { at: 0, text: 'x' })).answer.error?.code).toBe(
        'message_not_found',
      )
      expect((await post('/nothing/finish', {})).answer.error?.code).toBe('message_not_found')
      expect((await finish()).answer.message?.body).toHaveLength(3_995)
    })

    it('is not changed while it is written, but can be deleted, which ends it', async () => {
      const { conversation, ada, begin, append, finish, read } = await talk(cluster())
      const { offset } = await begin()
      await append(0, 'hm')
      const bot = await cluster().connect('bot')
      const refusals = [
        { type: 'conversation.edit', body: 'x' },
        { type: 'conversation.react', emoji: '👍', on: true },
      ]
      for (const command of refusals) {
        const { error } = await bot.ask({ conversation, offset, ...command })
        expect(error?.code).toBe('message_streaming')
      }
      await ada.call('conversation.delete', { conversation, offset })
      expect((await append(2, '!')).answer.error?.code).toBe('message_deleted')
      expect((await append(2, '!', 1)).answer.error?.code).toBe('message_deleted')
      expect((await finish({ text: 'hm!' })).answer.error?.code).toBe('message_deleted')
      expect(await read(offset)).toMatchObject({ body: '', deletedAt: expect.any(Number) })
    })

    it('of a hundred pieces a second costs few events', async () => {
      const { conversation, bob, begin, append, finish } = await talk(cluster())
      await begin()
      const startedAt = performance.now()
      const stubborn = async (at: number, text: string) => {
        // The one before it may be slower than two windows on a busy machine.
        while ((await append(at, text)).status !== 200);
      }
      const answers: Promise<void>[] = []
      for (let index = 0; index < 100; index += 1) {
        answers.push(stubborn(index * 2, `${index % 10} `))
        await pause(5)
      }
      await Promise.all(answers)
      const tookMs = performance.now() - startedAt
      await bob.until(() => follow('', piecesOf([bob], conversation)).length === 200, 'the text')
      expect(piecesOf([bob], conversation).length).toBeLessThanOrEqual(tookMs / 20 + 2)
      expect((await finish()).answer.message?.body).toHaveLength(200)
    })
  })

  it.each([1, 2, 3])('every reader has exactly the text, whatever happens (seed %i)', async (seed) => {
    const random = new Random(seed)
    const { conversation, begin, append, finish, read } = await talk(cluster())
    const { offset } = await begin()
    const text = makeText(random, 900)
    /** Readers: what they loaded, and the links over which they heard pieces. */
    const readers: { readonly base: string; readonly links: RawClient[] }[] = []
    const join = async () => {
      const link = await cluster().connect('bob', random.below(2))
      await link.call('subscribe', { channels: [{ channel: signalsOf(conversation) }] })
      const { messages } = await link.call('conversation.history', { conversation })
      readers.push({ base: messages[0]?.body ?? '', links: [link] })
    }
    const reconnect = async () => {
      const { links } = random.pick(readers)
      const last = links.at(-1)
      if (last === undefined) return
      const places = await last.call('history', { channel: signalsOf(conversation), limit: 1 })
      last.terminate()
      const heard = last.events(signalsOf(conversation)).at(-1)
      if (heard === undefined) return
      const position = { epoch: places.position.epoch, offset: heard.offset ?? 0 }
      const link = await cluster().connect('ada', random.below(2))
      links.push(link)
      const { channels } = await link.call('subscribe', {
        channels: [{ channel: signalsOf(conversation), position }],
      })
      const [result] = channels
      if (result === undefined || 'error' in result || result.recovery !== 'recovered') {
        throw new Error(`Not recovered: ${JSON.stringify(result)}`)
      }
      for (const publication of result.publications ?? []) link.pushes.push({ type: 'event', ...publication })
      // What was recovered came before what followed it.
      link.pushes.sort((left, right) => placeOf(left) - placeOf(right))
    }
    await join()
    await join()
    let at = 0
    while (at < text.length) {
      const end = cutAt(text, Math.min(text.length, at + 1 + random.below(60)))
      const from = random.next() < 0.2 ? cutAt(text, random.below(at + 1)) : at
      const piece = text.slice(from, end)
      const { answer } = await append(from, piece, random.below(2))
      expect(answer).toEqual({ length: end })
      at = end
      const chance = random.next()
      if (chance < 0.1) await join()
      else if (chance < 0.2) await reconnect()
      else if (chance < 0.3) expect((await read(offset)).body).toBe(text.slice(0, at))
    }
    for (const { base, links } of readers) {
      const last = links.at(-1)
      await last?.until(() => follow(base, piecesOf(links, conversation)).length >= text.length, 'all of it')
      expect(follow(base, piecesOf(links, conversation))).toBe(text)
    }
    expect((await finish({}, random.below(2))).answer.message?.body).toBe(text)
  })

  it('is written under ids of any characters', async () => {
    const conversation = `a/b#c@${randomUUID()}`
    const ada = await cluster().connect('ada')
    await ada.call('conversation.create', { conversation, name: 'Talk', members: ['bot'] })
    const url = cluster().urls.at(-1) ?? ''
    const backend = createBackend({ url, key: 'dev-key', secret: 'dev-secret' })
    const messageId = `%/?#'"\\${'%'.repeat(121)}`
    const stream = backend.stream(conversation, { sender: 'bot', messageId })
    stream.append('x')
    expect(await stream.finish()).toMatchObject({ id: messageId, conversation, body: 'x' })
  })

  it('a backend writes one with the helper', async () => {
    const { conversation, bob, heard } = await talk(cluster())
    const backend = createBackend({ url: cluster().urlOf(1), key: 'dev-key', secret: 'dev-secret' })
    const stream = backend.stream(conversation, { sender: 'bot' })
    const text = makeText(new Random(7), 600)
    for (const unit of text) {
      stream.append(unit)
      if (unit === ' ') await pause(1)
    }
    await bob.until(() => follow('', piecesOf([bob], conversation)) === text, 'the text')
    const message = await stream.finish()
    expect(message).toMatchObject({ id: stream.messageId, body: text, sender: 'bot' })
    await bob.until(() => heard(bob, 'message:completed').length > 0, 'the end')
    expect(await stream.finish()).toEqual(message)
  })
})

const placeOf = (push: RawClient['pushes'][number]): number =>
  push.type === 'event' ? (push.offset ?? 0) : 0

overEveryCluster({ conversations: { streams: { window: 20, timeout: 1_000 } } }, (cluster) => {
  it('that nobody goes on with is completed as it is, by the node that took its last piece', async () => {
    const { bob, begin, append, heard } = await talk(cluster())
    await begin()
    await append(0, 'one ')
    await append(4, 'two', 1)
    await bob.until(() => heard(bob, 'message:completed').length > 0, 'the end')
    expect(heard(bob, 'message:completed')).toMatchObject([{ data: { body: 'one two' } }])
    expect((await append(7, '!')).answer.error?.code).toBe('stream_lost')
  })
})

describe('when a part of the cluster fails', () => {
  let database: TestDatabase
  let redis: TestRedis
  let nodes: ClusterNodes
  beforeAll(async () => {
    database = await TestDatabase.start()
    redis = await TestRedis.start()
    const config = { redis: { url: redis.url }, conversations: { streams: { window: 20 } } }
    nodes = await ClusterNodes.start(database, config, config)
  })
  afterAll(async () => {
    await nodes?.stop()
    await redis?.dispose()
    await database?.stop()
  })

  it('the text goes on after Redis lost all that it had', async () => {
    const { conversation, begin, append, read } = await talk(nodes)
    const message = await begin('n')
    expect((await append(0, 'x')).answer.error?.code).toBe('message_not_found')
    const backend = createBackend({ url: nodes.urlOf(0), key: 'dev-key', secret: 'dev-secret' })
    const stream = backend.stream(conversation, { sender: 'bot', messageId: 'n' })
    stream.append('before, ')
    await eventually(async () => (await read(message.offset)).body === 'before, ', 'the first piece')
    await redis.kill()
    stream.append('meanwhile, ')
    await redis.start()
    stream.append('after')
    await eventually(
      async () => (await read(message.offset)).body === 'before, meanwhile, after',
      'the whole text',
      20_000,
    )
    expect((await stream.finish()).body).toBe('before, meanwhile, after')
  })

  it('the final text is stored without Redis too', async () => {
    const { begin, append, finish } = await talk(nodes)
    await begin()
    await append(0, 'one')
    await redis.kill()
    expect((await finish({ text: 'one two' })).answer.message).toMatchObject({ body: 'one two' })
    await redis.start()
  })

  it('another node goes on', async () => {
    const { begin, append, finish } = await talk(nodes)
    const begun = () =>
      begin().then(
        ({ streaming }) => streaming === true,
        () => false,
      )
    await eventually(begun, 'the beginning')
    await eventually(async () => (await append(0, 'one ', 1)).status === 200, 'the first piece')
    await append(4, 'two ', 1)
    await nodes.nodes[1]?.stop()
    // Its own link to Redis may be on its way back still.
    const appended = async () => (await append(8, 'three')).answer.length === 13
    await eventually(appended, 'the last piece')
    expect((await finish()).answer.message?.body).toBe('one two three')
  })
})
