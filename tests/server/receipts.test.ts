// Receipts and unread counts over real sockets: on one node, and on two over Redis.
import { randomUUID } from 'node:crypto'
import type { Receipt } from '@nowcast/protocol'
import { describe, expect, it } from 'vitest'
import { ClusterNodes, overEveryCluster } from '../support/everyCluster.ts'
import { Random } from '../support/random.ts'
import type { RawClient } from '../support/rawClient.ts'
import { Relay } from '../support/relay.ts'
import { TestDatabase } from '../support/testDatabase.ts'

const MAX_EVENT_BYTES = 4_096
/** More would not be known from a member's marks. */
const KEPT_MARKS = 16

const name = (prefix: string) => `${prefix}-${randomUUID().slice(0, 8)}`
const signalsOf = (conversation: string) => `signals-${conversation}`
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: Error) => error.message,
  )

/** What a client has heard on a conversation's channel of signals. */
function heard(client: RawClient, conversation: string): readonly Receipt[] {
  return client.events(signalsOf(conversation)).flatMap(({ name, data }) => {
    expect(name).toBe('receipts:moved')
    return (data as { readonly receipts: readonly Receipt[] }).receipts
  })
}

const config = {
  maxEventBytes: MAX_EVENT_BYTES,
  conversations: { maxMembers: 150, receiptWindow: 30 },
}

overEveryCluster(config, (nodes) => {
  /** A conversation of ada's and bob's, who listen to its signals, on different connections. */
  async function talk(...others: string[]) {
    const conversation = randomUUID()
    const ids = { ada: name('ada'), bob: name('bob') }
    const ada = await nodes().connect(ids.ada)
    const bob = await nodes().connect(ids.bob, 1)
    const members = [ids.bob, ...others]
    await ada.call('conversation.create', { conversation, name: 'Talk', kind: 'closed', members })
    for (const client of [ada, bob]) {
      await client.call('subscribe', { channels: [{ channel: signalsOf(conversation) }] })
    }
    const send = async (client: RawClient) => {
      const message = { conversation, messageId: randomUUID(), body: 'hello' }
      return (await client.call('conversation.send', message)).message.offset
    }
    const receiptOf = async (user: string) => {
      const { receipts } = await ada.call('conversation.receipts', { conversation })
      return receipts.find((receipt) => receipt.user === user)
    }
    return { conversation, ids, ada, bob, send, receiptOf }
  }

  /** What a user's list says is unread. */
  async function unreadOf(client: RawClient, conversation: string) {
    const { conversations } = await client.call('conversation.list', { scope: 'mine' })
    const listed = conversations.find(({ id }) => id === conversation)
    const got = await client.call('conversation.get', { conversation })
    expect(listed).toEqual(got)
    return { read: got.read, unread: got.unread, unreadMentions: got.unreadMentions }
  }

  describe('a receipt', () => {
    it('is kept, and told to the members once', async () => {
      const { conversation, ids, ada, bob, send, receiptOf } = await talk()
      const offset = await send(ada)
      expect(await receiptOf(ids.bob)).toEqual({ user: ids.bob, delivered: 0, read: 0 })
      const before = Date.now()
      await bob.call('conversation.receipt', { conversation, delivered: offset })
      await ada.until(() => heard(ada, conversation).length > 0, 'the receipt')
      const [receipt] = heard(ada, conversation)
      expect(receipt).toEqual({
        user: ids.bob,
        delivered: offset,
        deliveredAt: expect.any(Number),
        read: 0,
      })
      expect(Math.abs((receipt?.deliveredAt ?? 0) - before)).toBeLessThan(10_000)
      expect(await receiptOf(ids.bob)).toEqual(receipt)
      await bob.call('conversation.receipt', { conversation, read: offset })
      await ada.until(() => heard(ada, conversation).length > 1, 'the next receipt')
      expect(heard(ada, conversation)[1]).toEqual({
        ...receipt,
        read: offset,
        readAt: expect.any(Number),
      })
      expect(await receiptOf(ids.bob)).toEqual(heard(ada, conversation)[1])
    })

    it('only moves forward, never beyond what was sent, and what moves nothing is told to nobody', async () => {
      const { conversation, ids, ada, bob, send, receiptOf } = await talk()
      for (let count = 0; count < 3; count += 1) await send(ada)
      await bob.call('conversation.receipt', { conversation, read: 2, delivered: 1 })
      expect(await receiptOf(ids.bob)).toMatchObject({ delivered: 2, read: 2 })
      for (const receipt of [{ read: 1 }, { delivered: 2 }, { read: 2, delivered: 1 }, {}]) {
        await bob.call('conversation.receipt', { conversation, ...receipt })
      }
      await bob.call('conversation.receipt', { conversation, read: 1_000 })
      expect(await receiptOf(ids.bob)).toMatchObject({ delivered: 3, read: 3 })
      await ada.until(() => heard(ada, conversation).length > 1, 'the receipts')
      await ada.call('ping', {})
      expect(heard(ada, conversation).map(({ read }) => read)).toEqual([2, 3])
    })

    it('of many tabs at once leaves the cursors at the farthest place', async () => {
      const { conversation, ids, ada, bob, send, receiptOf } = await talk()
      for (let count = 0; count < 30; count += 1) await send(ada)
      const tab = await nodes().connect(ids.bob)
      const random = new Random(1)
      let farthest = { delivered: 0, read: 0 }
      for (let round = 0; round < 5; round += 1) {
        const moves = Array.from({ length: 20 }, () => ({
          delivered: 1 + random.below(round * 5 + 5),
          read: 1 + random.below(round * 5 + 5),
        }))
        await Promise.all(
          moves.map((move, index) =>
            (index % 2 === 0 ? bob : tab).call('conversation.receipt', { conversation, ...move }),
          ),
        )
        const read = Math.max(farthest.read, ...moves.map((move) => move.read))
        const delivered = Math.max(read, farthest.delivered, ...moves.map((move) => move.delivered))
        farthest = { delivered, read }
        expect(await receiptOf(ids.bob)).toMatchObject(farthest)
      }
      const told = () => heard(ada, conversation).map(({ read }) => read)
      await ada.until(() => Math.max(0, ...told()) === farthest.read, 'the last receipt')
    })

    it('is refused to strangers', async () => {
      const { conversation, ada, send } = await talk()
      const offset = await send(ada)
      const eve = await nodes().connect(name('eve'), 1)
      const refused = await Promise.all([
        codeOf(eve.call('conversation.receipt', { conversation, read: offset })),
        codeOf(eve.call('conversation.receipts', { conversation })),
        codeOf(eve.call('conversation.readers', { conversation, offset })),
        codeOf(eve.call('conversation.receipt', { conversation: 'nowhere', read: 1 })),
      ])
      expect(refused).toEqual(Array.from({ length: 4 }, () => 'conversation_not_found'))
      const open = randomUUID()
      await ada.call('conversation.create', { conversation: open, name: 'Open' })
      expect(await codeOf(eve.call('conversation.receipt', { conversation: open, read: 1 }))).toBe(
        'not_a_member',
      )
      const anonymous = await nodes().connect()
      expect(await codeOf(anonymous.call('conversation.inbox', {}))).toBe('unauthorized')
    })
  })

  describe('readers of a message', () => {
    it('are those whom it has reached, with the exact times of the newest moves', async () => {
      const { conversation, ids, ada, bob, send } = await talk()
      const offsets: number[] = []
      for (let count = 0; count < KEPT_MARKS + 3; count += 1) {
        const offset = await send(ada)
        offsets.push(offset)
        await bob.call('conversation.receipt', { conversation, delivered: offset })
        await bob.call('conversation.receipt', { conversation, read: offset })
      }
      const moves = offsets.length * 2
      await ada.until(() => heard(ada, conversation).length === moves, 'all receipts')
      const receipts = heard(ada, conversation)
      for (const [index, offset] of offsets.entries()) {
        const { readers } = await ada.call('conversation.readers', { conversation, offset })
        const isKnown = index > offsets.length - KEPT_MARKS
        const delivered = receipts.find((receipt) => receipt.delivered === offset)
        const read = receipts.find((receipt) => receipt.read === offset)
        const times = { deliveredAt: delivered?.deliveredAt, readAt: read?.readAt }
        expect(times.deliveredAt).toBeDefined()
        expect(times.readAt).toBeDefined()
        expect(readers).toEqual([{ user: ids.bob, read: true, ...(isKnown ? times : {}) }])
      }
    })

    it('are never its sender, nor who came later', async () => {
      const [dan, late] = [name('dan'), name('late')]
      const { conversation, ids, ada, bob, send } = await talk(dan)
      const offset = await send(bob)
      await bob.call('conversation.receipt', { conversation, read: offset })
      const readers = async (at = offset) =>
        (await ada.call('conversation.readers', { conversation, offset: at })).readers
      expect(await readers()).toEqual([])
      await ada.call('conversation.receipt', { conversation, delivered: offset })
      expect(await readers()).toEqual([{ user: ids.ada, deliveredAt: expect.any(Number), read: false }])
      await ada.call('conversation.invite', { conversation, users: [late] })
      const newest = await send(bob)
      const newcomer = await nodes().connect(late, 1)
      await newcomer.call('conversation.receipt', { conversation, read: newest })
      expect((await readers(newest)).map(({ user }) => user)).toEqual([late])
      expect((await readers()).map(({ user }) => user)).toEqual([ids.ada])
      // What has that offset is no message.
      expect(await codeOf(readers(newest - 1))).toBe('message_not_found')
      expect(await codeOf(readers(newest + 1))).toBe('message_not_found')
    })
  })

  it('receipts of a hundred members for one message are a few statements and events', async () => {
    const members = Array.from({ length: 99 }, () => name('member'))
    const { conversation, ids, ada, bob, send } = await talk(...members)
    const clients = await Promise.all(members.map((member, index) => nodes().connect(member, index % 2)))
    const figure = async (metric: string) => {
      const figures = await Promise.all(
        nodes().urls.map(async (url) => {
          const text = await (await fetch(`${url}/metrics`)).text()
          return Number(new RegExp(`^${metric} (\\d+)`, 'm').exec(text)?.[1])
        }),
      )
      return figures.reduce((sum, one) => sum + one, 0)
    }
    for (let count = 0; count < 10; count += 1) await send(ada)
    const before = await figure('nowcast_receipt_batches_total')
    await Promise.all(
      [bob, ...clients].map((client) => client.call('conversation.receipt', { conversation, read: 10 })),
    )
    // The machine may be so busy that they do not all arrive in one window.
    expect((await figure('nowcast_receipt_batches_total')) - before).toBeLessThanOrEqual(10)
    const users = () => new Set(heard(ada, conversation).map(({ user }) => user))
    await ada.until(() => users().size === 100, 'all receipts')
    expect(users()).toEqual(new Set([ids.bob, ...members]))
    expect(heard(ada, conversation)).toHaveLength(100)
    const events = ada.events(signalsOf(conversation))
    expect(events.length).toBeLessThanOrEqual(20)
    for (const { data } of events) {
      expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThanOrEqual(MAX_EVENT_BYTES)
    }
    const { receipts } = await ada.call('conversation.receipts', { conversation })
    expect(receipts.filter(({ read }) => read === 10)).toHaveLength(100)
  })

  describe('unread', () => {
    it('are others’ messages after the member’s place, told to all tabs of who reads', async () => {
      const { conversation, ids, ada, bob, send } = await talk()
      const tab = await nodes().connect(ids.bob)
      const own = `user-${ids.bob}`
      for (const client of [bob, tab]) await client.call('subscribe', { channels: [{ channel: own }] })
      const offsets: number[] = []
      for (let count = 0; count < 5; count += 1) offsets.push(await send(ada))
      await send(bob)
      const [, second = 0, third = 0, fourth = 0] = offsets
      await ada.call('conversation.delete', { conversation, offset: fourth })
      const client = await nodes().database.connect()
      const find = `(select key from nowcast.conversations where id = '${conversation}')`
      await client.query(
        `update nowcast.messages set thread = 1 where "offset" = ${second} and conversation = ${find}`,
      )
      for (const offset of [second, third, fourth]) {
        await client.query(`insert into nowcast.mentions select ${find}, '${ids.bob}', ${offset}`)
      }
      expect(await unreadOf(bob, conversation)).toEqual({ read: 0, unread: 3, unreadMentions: 1 })
      expect(await unreadOf(ada, conversation)).toEqual({ read: 0, unread: 1, unreadMentions: 0 })
      await bob.call('conversation.receipt', { conversation, read: offsets[0] ?? 0 })
      await bob.call('conversation.receipt', { conversation, delivered: third })
      await tab.call('conversation.receipt', { conversation, read: third })
      for (const one of [bob, tab]) {
        await one.until(() => one.events(own).length === 2, 'the news')
        expect(one.events(own).map((event) => [event.name, event.data])).toEqual([
          ['conversation:read', { id: conversation, read: offsets[0], unread: 2, unreadMentions: 1 }],
          ['conversation:read', { id: conversation, read: third, unread: 1, unreadMentions: 0 }],
        ])
      }
      expect(await unreadOf(tab, conversation)).toEqual({ read: third, unread: 1, unreadMentions: 0 })
    })

    it('are told by who reads to their other connections alone', async () => {
      const { conversation, ids, ada, bob, send } = await talk()
      const own = `user-${ids.bob}`
      await bob.call('subscribe', { channels: [{ channel: own }] })
      let reads = 0
      const readOne = async (client: RawClient) => {
        const read = await send(ada)
        await client.call('conversation.receipt', { conversation, read })
        reads += 1
        return read
      }
      // Until it is known who is connected where, everybody is told.
      let told: number
      do {
        told = bob.events(own).length
        await readOne(bob)
        await bob.call('history', { channel: own })
      } while (bob.events(own).length > told && reads < 50)
      expect(reads).toBeLessThan(50)
      const tab = await nodes().connect(ids.bob, 0)
      await tab.call('subscribe', { channels: [{ channel: own }] })
      for (const client of [bob, tab]) {
        const read = await readOne(client)
        for (const one of [bob, tab]) {
          const newest = () => one.events(own).at(-1)?.data
          await one.until(
            () => newest() !== undefined && JSON.stringify(newest()).includes(`"read":${read}`),
            'it',
          )
        }
      }
    })

    it('are counted up to a limit', async () => {
      const { conversation, ada, bob, send } = await talk()
      const sends = await Promise.all(Array.from({ length: 105 }, () => send(ada)))
      expect((await unreadOf(bob, conversation)).unread).toBe(100)
      await bob.call('conversation.receipt', { conversation, read: sends.toSorted((a, b) => a - b)[5] ?? 0 })
      expect((await unreadOf(bob, conversation)).unread).toBe(99)
    })

    it('is nothing of what was there when a member came', async () => {
      const { conversation, ada, bob, send } = await talk()
      for (let count = 0; count < 3; count += 1) await send(bob)
      const late = name('late')
      await ada.call('conversation.invite', { conversation, users: [late] })
      const client = await nodes().connect(late, 1)
      expect(await unreadOf(client, conversation)).toEqual({ read: 4, unread: 0, unreadMentions: 0 })
      expect((await client.call('conversation.inbox', {})).messages).toEqual([])
      await send(bob)
      expect((await unreadOf(client, conversation)).unread).toBe(1)
      const open = (await client.call('conversation.list', { scope: 'open' })).conversations
      for (const one of open) expect(one).not.toHaveProperty('unread')
    })

    it.each([1, 2, 3])('equals a count by hand whatever happens (seed %i)', async (seed) => {
      const random = new Random(seed)
      const { conversation, ids, ada, bob, send } = await talk()
      const clients = new Map([
        [ids.ada, ada],
        [ids.bob, bob],
      ])
      const cyd = name('cyd')
      clients.set(cyd, await nodes().connect(cyd))
      const messages = new Map<number, { readonly sender: string; deleted: boolean }>()
      const places = new Map([
        [ids.ada, 0],
        [ids.bob, 0],
      ])
      let newest = 0
      const steps: Record<string, (user: string, client: RawClient) => Promise<void>> = {
        send: async (user, client) => {
          newest = await send(client)
          messages.set(newest, { sender: user, deleted: false })
        },
        read: async (user, client) => {
          const read = 1 + random.below(newest + 1)
          await client.call('conversation.receipt', { conversation, read })
          places.set(user, Math.max(places.get(user) ?? 0, Math.min(read, newest)))
        },
        delete: async (user, client) => {
          const own = [...messages].filter(([, message]) => message.sender === user && !message.deleted)
          if (own.length === 0) return
          const [offset, message] = random.pick(own)
          await client.call('conversation.delete', { conversation, offset })
          message.deleted = true
          newest += 1
        },
        leave: async (user, client) => {
          if (user !== cyd) return
          await client.call('conversation.leave', { conversation })
          places.delete(user)
          newest += 1
        },
      }
      for (let step = 0; step < 60; step += 1) {
        if (!places.has(cyd) && random.next() < 0.3) {
          await ada.call('conversation.invite', { conversation, users: [cyd] })
          newest += 1
          places.set(cyd, newest)
        }
        const user = random.pick([...places.keys()])
        const client = clients.get(user)
        if (client === undefined) throw new Error('unreachable')
        const action = random.pick(['send', 'send', 'send', 'read', 'read', 'delete', 'leave'])
        await steps[action]?.(user, client)
        for (const [member, read] of places) {
          const byHand = [...messages].filter(
            ([offset, { sender, deleted }]) => offset > read && sender !== member && !deleted,
          )
          const got = await clients.get(member)?.call('conversation.get', { conversation })
          expect({ member, read: got?.read, unread: got?.unread }).toEqual({
            member,
            read,
            unread: byHand.length,
          })
        }
      }
    })
  })
})

it('a receipt is answered with a refusal while the database is out of reach, and is kept afterwards', async () => {
  const database = await TestDatabase.start()
  const address = new URL(database.embedded.url)
  const port = Number(address.port)
  let relay = await Relay.start(port)
  address.port = String(relay.port)
  const url = address.href as `postgres://${string}`
  const nodes = await ClusterNodes.start(database, {
    database: { url },
    conversations: { receiptWindow: 20 },
  })
  const client = await nodes.connect('ada')
  try {
    const conversation = 'talk'
    await client.call('conversation.create', { conversation, name: 'Talk' })
    await client.call('conversation.send', { conversation, messageId: 'm', body: 'hello' })
    const relayPort = relay.port
    await relay.stop()
    const answer = await client.ask({ type: 'conversation.receipt', conversation, read: 1 })
    expect(answer.error).toMatchObject({ code: 'unavailable', retryAfterMs: expect.any(Number) })
    relay = await Relay.start(port, relayPort)
    const again = () => codeOf(client.call('conversation.receipt', { conversation, read: 1 }))
    await expect.poll(again, { timeout: 20_000 }).toBe('done')
    expect((await client.call('conversation.receipts', { conversation })).receipts).toMatchObject([
      { user: 'ada', read: 1, delivered: 1 },
    ])
  } finally {
    await nodes.stop()
    await relay.stop()
    await database.stop()
  }
})
