// What a conversation's messages can have and become, over the wire: on one node, and on two that share a Redis.
import { randomUUID } from 'node:crypto'
import type { Commands, Message, Role } from '@nowcast/protocol'
import { signalsChannel } from '@nowcast/protocol'
import { describe, expect, it } from 'vitest'
import { overEveryCluster } from '../support/everyCluster.ts'
import type { RawClient } from '../support/rawClient.ts'
import { eventually } from '../support/testDatabase.ts'

const channelOf = (conversation: string) => `conversation-${conversation}`

overEveryCluster({}, (cluster) => {
  /** A conversation of ada's on one node with bob, who is on the other one where there are two. */
  async function talk(kind: 'open' | 'closed' = 'open') {
    const conversation = randomUUID()
    const [ada, bob] = [await cluster().connect('ada'), await cluster().connect('bob', 1)]
    await ada.call('conversation.create', { conversation, name: 'Talk', kind, members: ['bob'] })
    const channel = channelOf(conversation)
    for (const client of [ada, bob]) await client.call('subscribe', { channels: [{ channel }] })
    const send = async (
      client: RawClient,
      fields: Partial<Commands['conversation.send']> = {},
    ): Promise<Message> => {
      const messageId = randomUUID()
      const command = { conversation, messageId, body: `body of ${messageId}`, ...fields }
      return (await client.call('conversation.send', command)).message
    }
    const refusal = async (client: RawClient, fields: object) =>
      (await client.ask({ conversation, ...fields })).error?.code
    const heard = async (client: RawClient, name: string, count = 1) => {
      const those = () => client.events(channel).filter((event) => event.name === name)
      await client.until(() => those().length >= count, `${count} of ${name}`)
      return those()
    }
    const read = async (offset: number, client = bob) =>
      (await client.call('conversation.message', { conversation, offset })).message
    const setUp = async (sets: string) => {
      const db = await cluster().database.connect()
      await db.query(`update nowcast.conversations set ${sets} where id = $1`, [conversation])
    }
    const give = async (user: string, role: Role) => {
      const db = await cluster().database.connect()
      await db.query(
        `update nowcast.members m set role = $3 from nowcast.conversations c
          where c.key = m.conversation and c.id = $1 and m.user_id = $2`,
        [conversation, user, role],
      )
    }
    return { conversation, channel, ada, bob, send, refusal, heard, read, setUp, give }
  }

  describe('a thread', () => {
    it('has its replies, which are not in the main timeline, and its root counts them', async () => {
      const { conversation, ada, bob, send, heard, read } = await talk()
      const root = await send(ada)
      const replies = [await send(bob, { thread: root.offset }), await send(ada, { thread: root.offset })]
      const other = await send(ada)
      expect(replies.map(({ thread }) => thread)).toEqual([root.offset, root.offset])
      const main = await bob.call('conversation.history', { conversation })
      expect(main.messages.map(({ offset }) => offset)).toEqual([other.offset, root.offset])
      expect(main.messages[1]).toMatchObject({ replies: 2, lastReplyAt: replies[1]?.createdAt })
      const thread = await bob.call('conversation.history', { conversation, thread: root.offset, limit: 1 })
      expect(thread).toMatchObject({ messages: [replies[1]], more: true })
      const older = await bob.call('conversation.history', {
        conversation,
        thread: root.offset,
        before: replies[1]?.offset ?? 0,
      })
      expect(older).toMatchObject({ messages: [replies[0]], more: false })
      expect((await heard(bob, 'message:created', 4))[1]?.data).toEqual(replies[0])
      expect(await read(root.offset)).toEqual(main.messages[1])
    })

    it('begins with a message of the conversation that is no reply', async () => {
      const { conversation, ada, send, refusal } = await talk()
      const root = await send(ada)
      const reply = await send(ada, { thread: root.offset })
      const attempt = (thread: number, messageId = randomUUID()) =>
        refusal(ada, { type: 'conversation.send', messageId, body: 'x', thread })
      expect(await attempt(reply.offset)).toBe('message_not_found')
      expect(await attempt(1_000)).toBe('message_not_found')
      const repeated = { conversation, messageId: reply.id, body: reply.body, thread: root.offset }
      expect(await ada.call('conversation.send', repeated)).toMatchObject({ duplicate: true, message: reply })
      expect(await refusal(ada, { type: 'conversation.send', ...repeated, thread: undefined })).toBe(
        'idempotency_conflict',
      )
      expect((await ada.call('conversation.history', { conversation })).messages[0]).toMatchObject({
        replies: 1,
      })
    })

    it('is counted right by many who reply at once', async () => {
      const { ada, bob, send, read } = await talk()
      const [one, two] = [await send(ada), await send(ada)]
      const senders = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? ada : bob))
      await Promise.all(
        senders.map((client, index) => send(client, { thread: (index % 3 === 0 ? one : two).offset })),
      )
      expect([(await read(one.offset)).replies, (await read(two.offset)).replies]).toEqual([20, 40])
    })
  })

  describe('a mention', () => {
    it('reaches the member on a channel of their own, and nobody else', async () => {
      const { ada, bob, send, read } = await talk()
      const own = await cluster().connect('ada', 1)
      for (const [client, user] of [
        [bob, 'bob'],
        [own, 'ada'],
      ] as const) {
        await client.call('subscribe', { channels: [{ channel: `user-${user}` }] })
      }
      const message = await send(ada, { mentions: ['ghost', 'bob', 'ada', 'bob'] })
      expect(message.mentions).toEqual(['bob', 'ada'])
      await bob.until(() => bob.events('user-bob').length > 0, 'the mention')
      expect(bob.events('user-bob')).toMatchObject([{ name: 'message:mentioned', data: message }])
      await send(bob, { mentions: ['ada'] })
      await own.until(() => own.events('user-ada').length > 0, 'the other mention')
      expect(own.events('user-ada').map(({ data }) => (data as Message).sender)).toEqual(['bob'])
      const ghost = await send(ada, { mentions: ['ghost'] })
      expect(ghost).not.toHaveProperty('mentions')
      expect(await read(message.offset)).toEqual(message)
    })
  })

  describe('attachments', () => {
    it('stand for a body, and go with the message', async () => {
      const { conversation, ada, bob, send, refusal, read } = await talk()
      const attachments = [
        { name: 'plan.pdf', url: 'https://files.example/1', type: 'application/pdf', bytes: 12 },
      ]
      const message = await send(ada, { body: '', attachments })
      expect(await read(message.offset)).toMatchObject({ body: '', attachments })
      expect(await refusal(ada, { type: 'conversation.send', messageId: 'm', body: ' ' })).toBe('body_empty')
      const script = [{ name: 'x', url: 'javascript:alert(1)' }]
      expect(
        await refusal(ada, { type: 'conversation.send', messageId: 'm', body: '', attachments: script }),
      ).toBe('invalid_command')
      const { offset } = message
      await ada.call('conversation.edit', { conversation, offset, body: 'the plan' })
      expect(await read(offset)).toMatchObject({ body: 'the plan', attachments })
      await ada.call('conversation.edit', { conversation, offset, body: '' })
      await ada.call('conversation.delete', { conversation, offset })
      expect(await read(offset, bob)).not.toHaveProperty('attachments')
    })
  })

  describe('a reaction', () => {
    it('is an emoji of a member, added once and taken back', async () => {
      const { conversation, ada, bob, send, heard, read } = await talk()
      const { offset } = await send(ada)
      const react = (client: RawClient, emoji: string, on = true) =>
        client.call('conversation.react', { conversation, offset, emoji, on })
      await react(ada, '👍')
      await react(bob, '👍')
      await react(bob, '👍')
      const { message } = await react(bob, '👩‍👩‍👧')
      expect(message.reactions).toEqual([
        { emoji: '👍', users: ['ada', 'bob'] },
        { emoji: '👩‍👩‍👧', users: ['bob'] },
      ])
      await react(ada, '👍', false)
      await react(bob, '👍', false)
      await react(bob, '👍', false)
      expect((await read(offset)).reactions).toEqual([{ emoji: '👩‍👩‍👧', users: ['bob'] }])
      await react(bob, '👩‍👩‍👧', false)
      expect(await read(offset)).not.toHaveProperty('reactions')
      const events = await heard(bob, 'message:reacted', 6)
      expect(events.map(({ sender }) => sender)).toEqual(['ada', 'bob', 'bob', 'ada', 'bob', 'bob'])
      expect(events).toHaveLength(6)
    })

    it('is nothing else than one emoji', async () => {
      const { ada, send, refusal } = await talk()
      const { offset } = await send(ada)
      for (const emoji of ['a', '👍👍', '👍 ', 'lol', '1', '']) {
        const attempt = { type: 'conversation.react', offset, emoji, on: true }
        expect(await refusal(ada, attempt), emoji).toBe('invalid_command')
      }
      for (const emoji of ['❤️', '🇩🇪', '1️⃣', '👋🏽', '🏴󠁧󠁢󠁥󠁮󠁧󠁿']) {
        expect(
          await refusal(ada, { type: 'conversation.react', offset, emoji, on: true }),
          emoji,
        ).toBeUndefined()
      }
    })

    it('is one of twenty at most, from a member, on a message that is there', async () => {
      const { conversation, ada, bob, send, refusal, setUp } = await talk()
      const { offset } = await send(ada)
      const emojis = Array.from({ length: 21 }, (_, index) => String.fromCodePoint(0x1f600 + index))
      for (const emoji of emojis.slice(0, 20)) {
        await ada.call('conversation.react', { conversation, offset, emoji, on: true })
      }
      const react = { type: 'conversation.react', offset, emoji: emojis[20], on: true }
      expect(await refusal(bob, react)).toBe('too_many_reactions')
      expect(await refusal(bob, { ...react, emoji: emojis[3] })).toBeUndefined()
      const eve = await cluster().connect('eve')
      expect(await refusal(eve, react)).toBe('not_a_member')
      expect(await refusal(bob, { ...react, offset: 1_000 })).toBe('message_not_found')
      await setUp(`post_role = 'owner'`)
      expect(await refusal(bob, { ...react, emoji: emojis[4] })).toBeUndefined()
      await setUp('archived_at = now()')
      expect(await refusal(bob, { ...react, emoji: emojis[5] })).toBe('conversation_archived')
      await setUp('archived_at = null')
      await ada.call('conversation.delete', { conversation, offset })
      expect(await refusal(bob, { ...react, emoji: emojis[5] })).toBe('message_deleted')
    })

    it('is not lost among those of others at the same moment', async () => {
      const { conversation, ada, bob, send, read } = await talk()
      const { offset } = await send(ada)
      const emojis = ['👍', '🎉', '❤️', '🚀', '👀']
      await Promise.all(
        [ada, bob].flatMap((client) =>
          emojis.map((emoji) => client.call('conversation.react', { conversation, offset, emoji, on: true })),
        ),
      )
      const { reactions = [] } = await read(offset)
      expect(reactions.map(({ emoji }) => emoji).sort()).toEqual([...emojis].sort())
      for (const { users } of reactions) expect([...users].sort()).toEqual(['ada', 'bob'])
    })
  })

  describe('edits', () => {
    it('keep what was said before, the newest of it', async () => {
      const { conversation, ada, bob, send, heard } = await talk()
      const { offset, body } = await send(ada)
      const texts = Array.from({ length: 53 }, (_, index) => `text ${index}`)
      for (const text of texts) await ada.call('conversation.edit', { conversation, offset, body: text })
      await ada.call('conversation.edit', { conversation, offset, body: 'text 52' })
      expect(await heard(bob, 'message:edited', 53)).toHaveLength(53)
      const { versions } = await bob.call('conversation.versions', { conversation, offset })
      const former = [body, ...texts.slice(0, -1)].reverse()
      expect(versions.map((version) => version.body)).toEqual(former.slice(0, 50))
      const times = versions.map(({ replacedAt }) => replacedAt)
      expect(times).toEqual([...times].sort((left, right) => right - left))
      await ada.call('conversation.delete', { conversation, offset })
      expect((await bob.call('conversation.versions', { conversation, offset })).versions).toEqual([])
    })

    it('are for the sender alone, and what was said is for members alone', async () => {
      const { conversation, ada, bob, send, refusal, setUp } = await talk('closed')
      const { offset } = await send(bob)
      expect(await refusal(ada, { type: 'conversation.edit', offset, body: 'x' })).toBe('forbidden')
      const eve = await cluster().connect('eve')
      for (const type of [
        'versions',
        'message',
        'pins',
        'history',
        'edit',
        'delete',
        'react',
        'pin',
      ] as const) {
        const fields = { body: 'x', emoji: '👍', on: true, pinned: true, offset }
        expect(await refusal(eve, { type: `conversation.${type}`, ...fields }), type).toBe(
          'conversation_not_found',
        )
      }
      expect(await refusal(bob, { type: 'conversation.versions', offset: 99 })).toBe('message_not_found')
      await setUp('archived_at = now()')
      expect(await refusal(bob, { type: 'conversation.edit', offset, body: 'x' })).toBe(
        'conversation_archived',
      )
      expect((await bob.call('conversation.message', { conversation, offset })).message.offset).toBe(offset)
    })
  })

  describe('owners and admins', () => {
    it('delete what others wrote; members do not', async () => {
      const { conversation, ada, bob, send, refusal, give, heard } = await talk()
      const [mine, theirs, third] = [await send(ada), await send(bob), await send(ada)]
      expect(await refusal(bob, { type: 'conversation.delete', offset: mine.offset })).toBe('forbidden')
      const gone = await ada.call('conversation.delete', { conversation, offset: theirs.offset })
      expect(gone.message).toMatchObject({ body: '', sender: 'bob' })
      expect(await heard(bob, 'message:deleted')).toMatchObject([{ sender: 'ada', data: gone.message }])
      await give('bob', 'admin')
      await bob.call('conversation.delete', { conversation, offset: third.offset })
    })

    it('pin messages; a deleted one is not pinned any more', async () => {
      const { conversation, ada, bob, send, refusal, heard, read } = await talk()
      const [one, two] = [await send(ada), await send(bob)]
      const pin = (offset: number, pinned = true) => ({ type: 'conversation.pin', offset, pinned })
      expect(await refusal(bob, pin(one.offset))).toBe('forbidden')
      for (const { offset } of [one, two, one]) {
        await ada.call('conversation.pin', { conversation, offset, pinned: true })
      }
      const pins = async () => (await bob.call('conversation.pins', { conversation })).messages
      expect((await pins()).map(({ offset }) => offset)).toEqual([two.offset, one.offset])
      expect(await read(one.offset)).toMatchObject({ pinnedBy: 'ada', pinnedAt: expect.any(Number) })
      expect(await heard(bob, 'message:pinned', 2)).toHaveLength(2)
      await bob.call('conversation.delete', { conversation, offset: two.offset })
      expect(await refusal(ada, pin(two.offset))).toBe('message_deleted')
      await ada.call('conversation.pin', { conversation, offset: one.offset, pinned: false })
      await ada.call('conversation.pin', { conversation, offset: one.offset, pinned: false })
      expect(await pins()).toEqual([])
      const [unpinned, ...others] = await heard(bob, 'message:unpinned')
      expect([unpinned?.data, others]).toEqual([one, []])
    })

    it('pin fifty at most, also when they do it at once', async () => {
      const { conversation, ada, bob, send, refusal, give } = await talk()
      await give('bob', 'admin')
      const messages = await Promise.all(Array.from({ length: 53 }, () => send(ada)))
      const results = await Promise.all(
        messages.map(({ offset }, index) =>
          refusal(index % 2 === 0 ? ada : bob, { type: 'conversation.pin', offset, pinned: true }),
        ),
      )
      expect(results.filter((code) => code === 'invalid_command')).toHaveLength(3)
      expect((await ada.call('conversation.pins', { conversation })).messages).toHaveLength(50)
    })

    it('are who sends where only they may, from the moment that it is so', async () => {
      const { ada, bob, send, refusal, setUp, give } = await talk()
      const first = await send(bob)
      await setUp(`post_role = 'admin'`)
      const attempt = { type: 'conversation.send', messageId: 'm', body: 'x' }
      expect(await refusal(bob, attempt)).toBe('forbidden')
      expect(await refusal(bob, { ...attempt, messageId: first.id, body: first.body })).toBeUndefined()
      await send(ada)
      await give('bob', 'admin')
      expect(await refusal(bob, attempt)).toBeUndefined()
      await setUp(`post_role = 'owner'`)
      expect(await refusal(bob, { ...attempt, messageId: 'n' })).toBe('forbidden')
      await setUp('archived_at = now()')
      expect(await refusal(ada, { ...attempt, messageId: 'o' })).toBe('conversation_archived')
    })
  })

  it.each([
    [`post_role = 'owner'`, 'forbidden'],
    ['archived_at = now()', 'conversation_archived'],
  ])('of messages under way when %s, those after it are refused', async (change, code) => {
    const { conversation, bob } = await talk()
    const other = await cluster().connect('bob', 0)
    const db = await cluster().database.connect()
    const send = (client: RawClient) =>
      client.ask({ type: 'conversation.send', conversation, messageId: randomUUID(), body: 'x' })
    const sends: ReturnType<typeof send>[] = []
    const sendMany = () => sends.push(...Array.from({ length: 50 }, () => [send(bob), send(other)]).flat())
    sendMany()
    await Promise.race(sends)
    sendMany()
    const { rows } = await db.query<{ last_offset: string }>(
      `update nowcast.conversations set ${change} where id = $1 returning last_offset`,
      [conversation],
    )
    sendMany()
    const answers = await Promise.all(sends)
    const sent = answers.filter(({ error }) => error === undefined).length
    const refused = answers.filter(({ error }) => error?.code === code).length
    expect(sent).toBe(Number(rows[0]?.last_offset))
    expect(sent + refused).toBe(sends.length)
    expect(refused).toBeGreaterThanOrEqual(100)
  })

  it('both users of a direct conversation pin', async () => {
    const [one, other] = [`u-${randomUUID()}`, `u-${randomUUID()}`]
    const [left, right] = [await cluster().connect(one), await cluster().connect(other, 1)]
    const { id: conversation } = await left.call('conversation.direct', { user: other })
    const { message } = await left.call('conversation.send', { conversation, messageId: 'm', body: 'x' })
    const { offset } = message
    const pinned = await right.call('conversation.pin', { conversation, offset, pinned: true })
    expect(pinned.message.pinnedBy).toBe(other)
    await left.call('conversation.pin', { conversation, offset, pinned: false })
  })

  describe('history', () => {
    it('is read before, after and around a message', async () => {
      const { conversation, ada, bob, send, refusal } = await talk()
      const sent: Message[] = []
      for (let index = 0; index < 30; index += 1) sent.push(await send(ada))
      const offsets = sent.map(({ offset }) => offset)
      const page = async (query: object) => {
        const result = await bob.call('conversation.history', { conversation, ...query })
        return { offsets: result.messages.map(({ offset }) => offset).reverse(), more: result.more }
      }
      const at = (index: number) => offsets[index] ?? 0
      expect(await page({})).toEqual({ offsets: offsets.slice(10), more: true })
      expect(await page({ before: at(5), limit: 5 })).toEqual({ offsets: offsets.slice(0, 5), more: false })
      expect(await page({ after: at(5), limit: 5 })).toEqual({ offsets: offsets.slice(6, 11), more: true })
      expect(await page({ after: at(24), limit: 5 })).toEqual({ offsets: offsets.slice(25), more: false })
      expect(await page({ after: 0, limit: 2 })).toEqual({ offsets: offsets.slice(0, 2), more: true })
      expect(await page({ around: at(15), limit: 5 })).toEqual({ offsets: offsets.slice(13, 18), more: true })
      expect(await page({ around: at(1), limit: 5 })).toEqual({ offsets: offsets.slice(0, 5), more: false })
      expect(await page({ around: at(29), limit: 5 })).toEqual({ offsets: offsets.slice(25), more: true })
      expect(await page({ around: at(3), limit: 1 })).toEqual({ offsets: [at(3)], more: true })
      expect(await page({ around: at(3), limit: 100 })).toEqual({ offsets, more: false })
      const type = 'conversation.history'
      expect(await refusal(bob, { type, before: 3, after: 1 })).toBe('invalid_command')
      expect(await refusal(bob, { type, around: 3, after: 1 })).toBe('invalid_command')
      expect(await refusal(bob, { type, around: 1_000 })).toBe('message_not_found')
      const reply = await send(ada, { thread: at(0) })
      expect(await refusal(bob, { type, around: reply.offset })).toBe('message_not_found')
      expect(await page({ around: reply.offset, thread: at(0) })).toEqual({
        offsets: [reply.offset],
        more: false,
      })
    })

    it('of large messages comes in pages that fit, each message on one of them', async () => {
      const { conversation, ada, bob, send } = await talk()
      const url = `https://files.example/${'x'.repeat(1_900)}`
      const attachments = Array.from({ length: 10 }, (_, index) => ({ name: `${index}`, url }))
      const sent: number[] = []
      for (let index = 0; index < 60; index += 1) sent.push((await send(ada, { attachments })).offset)
      const down: number[] = []
      for (let before: number | undefined, more = true; more; before = down.at(-1)) {
        const query = { conversation, limit: 100, ...(before === undefined ? {} : { before }) }
        const page = await bob.call('conversation.history', query)
        down.push(...page.messages.map(({ offset }) => offset))
        more = page.more
      }
      expect(down).toEqual([...sent].reverse())
      const up: number[] = []
      for (let more = true; more; ) {
        const page = await bob.call('conversation.history', {
          conversation,
          limit: 100,
          after: up.at(-1) ?? 0,
        })
        up.push(...page.messages.map(({ offset }) => offset).reverse())
        more = page.more
      }
      expect(up).toEqual(sent)
      const around = await bob.call('conversation.history', {
        conversation,
        limit: 100,
        around: sent[30] ?? 0,
      })
      expect(around.messages.length).toBeGreaterThan(5)
      expect(around.messages.map(({ offset }) => offset)).toContain(sent[30])
      expect(around.more).toBe(true)
      expect(bob.closed).toBeUndefined()
    })
  })

  it('search finds replies too, and nothing deleted', async () => {
    const { conversation, ada, bob, send } = await talk()
    const word = randomUUID()
    const root = await send(ada, { body: `the ${word}` })
    const reply = await send(ada, { body: `again ${word}`, thread: root.offset })
    const find = async () => {
      const { messages } = await bob.call('conversation.search', { query: word })
      return messages.map(({ offset }) => offset)
    }
    expect(await find()).toEqual([reply.offset, root.offset])
    await ada.call('conversation.delete', { conversation, offset: reply.offset })
    expect(await find()).toEqual([root.offset])
  })

  it('a client that comes back hears of all that happened meanwhile', async () => {
    const { conversation, channel, ada, bob, send, read } = await talk()
    const root = await send(ada)
    await bob.until(() => bob.events(channel).length > 0, 'the root')
    const { position } = await bob.call('conversation.history', { conversation })
    bob.terminate()
    const { offset } = root
    await send(ada, { thread: offset })
    await ada.call('conversation.react', { conversation, offset, emoji: '👍', on: true })
    await send(ada, { thread: offset })
    await ada.call('conversation.pin', { conversation, offset, pinned: true })
    await ada.call('conversation.edit', { conversation, offset, body: 'better' })
    const again = await cluster().connect('bob', 1)
    const { channels } = await again.call('subscribe', { channels: [{ channel, position }] })
    const [recovered] = channels
    if (recovered === undefined || 'error' in recovered || recovered.recovery !== 'recovered') {
      throw new Error(`Not recovered: ${JSON.stringify(recovered)}`)
    }
    const { publications = [] } = recovered
    expect(publications.map(({ name }) => name)).toEqual([
      'message:created',
      'message:reacted',
      'message:created',
      'message:pinned',
      'message:edited',
    ])
    // Each event tells of the replies that came before it.
    expect(publications.map(({ data }) => (data as Message).replies)).toEqual([undefined, 1, undefined, 2, 2])
    expect(publications.at(-1)?.data).toEqual(await read(offset, again))
    expect(signalsChannel(conversation)).toBe(`signals-${conversation}`)
  })

  it('pages are answered from the cache, and hits and misses are counted', async () => {
    const { conversation, ada, send } = await talk()
    for (let index = 0; index < 5; index += 1) await send(ada)
    const counts = async () => {
      const { counts } = await (await fetch(`${cluster().urls[0]}/health`)).json()
      return [counts.messageCacheHits, counts.messageCacheMisses]
    }
    const [hits, misses] = await counts()
    const pages: unknown[] = []
    await eventually(async () => {
      pages.push(await ada.call('conversation.history', { conversation }))
      return (await counts())[0] > hits
    }, 'a hit')
    expect((await counts())[1]).toBeGreaterThan(misses)
    expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1)
    const metrics = await (await fetch(`${cluster().urls[0]}/metrics`)).text()
    expect(metrics).toMatch(/message_cache_hits_total \d/)
  })
})
