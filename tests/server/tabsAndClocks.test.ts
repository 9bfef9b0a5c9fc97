// Clients whose clocks are wrong, that act as one user in two tabs, and that are removed while they are away.
import { randomUUID } from 'node:crypto'
import { type ClientOptions, createClient, type NowcastClient, type Timers } from '@nowcast/client'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { overEveryCluster } from '../support/everyCluster.ts'
import { eventually } from '../support/testDatabase.ts'
import { tokenFor } from '../support/tokens.ts'

const HOUR_MS = 3_600_000
const TOKEN_SECONDS = 3

/** The time of a machine whose clock is wrong. */
const wrongBy = (skewMs: number): Timers => ({
  now: () => Date.now() + skewMs,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  random: Math.random,
})

/** Waits for what a page shows. */
const soon = (condition: () => boolean) => eventually(condition, String(condition))

overEveryCluster({ conversations: { receiptWindow: '20ms' } }, (nodes) => {
  const clients: NowcastClient[] = []
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })

  function clientOf(user: string, node: number, options: Partial<ClientOptions> = {}): NowcastClient {
    const { urls } = nodes()
    const client = createClient({
      url: urls[node % urls.length] ?? '',
      token: () => tokenFor(user),
      WebSocket,
      backoff: { minMs: 5, maxMs: 50 },
      outbox: { storage: 'memory' },
      ...options,
    })
    clients.push(client)
    return client
  }

  async function open(client: NowcastClient, id: string) {
    const live = client.conversation(id)
    live.subscribe(() => {})
    live.typing.subscribe(() => {})
    client.conversations.subscribe(() => {})
    await soon(() => live.getSnapshot().status === 'ready')
    return live
  }

  const unreadOf = (client: NowcastClient, id: string) =>
    client.conversations.getSnapshot().conversations.find((listed) => listed.id === id)?.unread

  it('clocks that are wrong by hours, one each way, change nothing', async () => {
    const id = randomUUID()
    const [user, other] = [`ada-${id}`, `bob-${id}`]
    let tokens = 0
    let connections = 0
    const token = () => {
      tokens += 1
      return tokenFor(user, {}, 'dev-secret', TOKEN_SECONDS)
    }
    const ada = clientOf(user, 0, { token, timers: wrongBy(-6 * HOUR_MS) })
    ada.connection.listen({
      established: () => {
        connections += 1
      },
    })
    const bob = clientOf(other, 1, { timers: wrongBy(6 * HOUR_MS) })
    await bob.conversations.create({ id, name: 'Talk', members: [user] })
    const bobs = await open(bob, id)
    const before = Date.now()
    bobs.send('while she was away')
    await soon(() => bobs.getSnapshot().messages[0]?.status === 'sent')

    const inbox: string[] = []
    ada.inbox.on((messages) => inbox.push(...messages.map(({ body }) => body)))
    const live = await open(ada, id)
    await soon(() => inbox.join() === 'while she was away')
    await soon(() => bobs.getSnapshot().messages[0]?.status === 'delivered')
    expect(unreadOf(ada, id)).toBe(1)
    live.markRead()
    await soon(() => bobs.getSnapshot().messages[0]?.status === 'read')
    const { deliveredAt = 0, readAt = 0, createdAt = 0 } = bobs.getSnapshot().messages[0] ?? {}
    expect(deliveredAt).toBeGreaterThanOrEqual(createdAt)
    expect(readAt).toBeGreaterThanOrEqual(deliveredAt)
    expect(readAt).toBeLessThanOrEqual(Date.now())
    expect(unreadOf(ada, id)).toBe(0)

    const typing = () => bobs.typing.getSnapshot().count
    live.typing.keystroke()
    await soon(() => typing() === 1)
    live.send('one')
    bobs.send('two')
    const isStored = (page: typeof live) =>
      page.getSnapshot().messages.filter(({ status }) => status !== 'sending').length === 3
    await soon(() => isStored(live) && isStored(bobs) && typing() === 0)
    // What the server has stored is shown with its time.
    const times = live.getSnapshot().messages.map(({ createdAt: at }) => at)
    expect(bobs.getSnapshot().messages.map(({ createdAt: at }) => at)).toEqual(times)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(before)
    expect(Math.max(...times)).toBeLessThanOrEqual(Date.now())
    live.typing.keystroke()
    await soon(() => typing() === 1)
    await soon(() => typing() === 0)
    // The connection has outlived its first token.
    await soon(() => tokens >= 3)
    expect(connections).toBe(1)
  })

  it('two tabs that act at once end with the same', async () => {
    const id = randomUUID()
    const [user, other] = [`ada-${id}`, `bob-${id}`]
    const tabs = [clientOf(user, 0), clientOf(user, 1)]
    const [one, two] = tabs
    const bob = clientOf(other, 1)
    if (one === undefined || two === undefined) throw new Error('unreachable')
    await one.conversations.create({ id, name: 'Talk', members: [other] })
    const [left, right, bobs] = [await open(one, id), await open(two, id), await open(bob, id)]
    for (let count = 0; count < 10; count += 1) bobs.send(`message ${count}`)
    await soon(() => [left, right].every((live) => live.getSnapshot().messages.length === 10))
    const offsets = left.getSnapshot().messages.map(({ offset = 0 }) => offset)
    const [third = 0, seventh = 0, last = 0] = [offsets[2], offsets[6], offsets[9]]
    await soon(() => tabs.every((client) => unreadOf(client, id) === 10))

    left.markRead(seventh)
    right.markRead(third)
    await soon(() => tabs.every((client) => unreadOf(client, id) === 3))
    const readTo = () => bobs.getSnapshot().receipts.find((receipt) => receipt.user === user)?.read
    await soon(() => readTo() === seventh)
    left.markRead(last)
    right.markRead(last)
    await soon(() => tabs.every((client) => unreadOf(client, id) === 0) && readTo() === last)

    const own = left.send('to be edited')
    const find = (live: typeof left) => live.getSnapshot().messages.find(({ id: known }) => known === own.id)
    await soon(() => [left, right, bobs].every((live) => find(live)?.offset !== undefined))
    const offset = find(left)?.offset ?? 0
    await Promise.all([left.edit(offset, 'from the left'), right.edit(offset, 'from the right')])
    const bodies = () => new Set([left, right, bobs].map((live) => find(live)?.body))
    await soon(() => bodies().size === 1 && !bodies().has('to be edited'))
    const versions = (await left.versions(offset)).map(({ body }) => body)
    expect(new Set([...versions, ...bodies()])).toEqual(
      new Set(['to be edited', 'from the left', 'from the right']),
    )

    const emojis = ['👍', '🎉', '🚀']
    await Promise.all(
      emojis.flatMap((emoji) => [left.react(offset, emoji, true), right.react(offset, emoji, true)]),
    )
    const reactions = (live: typeof left) =>
      (find(live)?.reactions ?? [])
        .map(({ emoji, users }) => `${emoji} ${users.join()}`)
        .sort()
        .join()
    const all = emojis.map((emoji) => `${emoji} ${user}`).sort()
    await soon(() => [left, right, bobs].every((live) => reactions(live) === all.join()))
    await Promise.all([left.react(offset, '👍', false), right.react(offset, '👍', false)])
    const rest = all.filter((reaction) => !reaction.startsWith('👍')).join()
    await soon(() => [left, right, bobs].every((live) => reactions(live) === rest))
    // On and off at the same moment is either, but the same everywhere.
    await Promise.all([left.react(offset, '👍', true), right.react(offset, '👍', false)])
    const { reactions: kept = [] } = await bobs.message(offset)
    const stored = kept
      .map(({ emoji, users }) => `${emoji} ${users.join()}`)
      .sort()
      .join()
    await soon(() => [left, right, bobs].every((live) => reactions(live) === stored))

    const room = `room-${id}`
    const presence = bob.presence(room)
    presence.subscribe(() => {})
    await Promise.all(tabs.map((client, index) => client.presence(room).enter(index)))
    await soon(() => presence.getSnapshot().count === 1)
    left.typing.keystroke()
    right.typing.keystroke()
    await soon(() => bobs.typing.getSnapshot().count === 1)
    await one.presence(room).leave()
    one.close()
    await soon(() => JSON.stringify(presence.getSnapshot().members.map(({ data }) => data)) === '[1]')
    two.close()
    await soon(() => presence.getSnapshot().count === 0 && bobs.typing.getSnapshot().count === 0)
  })

  it('who is removed while away finds nothing when back, and what waited is refused', async () => {
    const id = randomUUID()
    const [user, other] = [`ada-${id}`, `bob-${id}`]
    const [ada, bob] = [clientOf(user, 0), clientOf(other, 1)]
    await ada.conversations.create({ id, name: 'Talk', kind: 'closed', members: [other] })
    const [live, bobs] = [await open(ada, id), await open(bob, id)]
    bobs.presence.subscribe(() => {})
    live.presence.subscribe(() => {})
    await Promise.all([live.presence.enter(), bobs.presence.enter()])
    await soon(() => live.presence.getSnapshot().count === 2)
    const inbox: string[] = []
    bob.inbox.on((messages) => inbox.push(...messages.map(({ body }) => body)))
    bob.disconnect()
    bobs.send('written in a tunnel')
    bobs.markRead()
    await live.remove(other)
    live.send('not for bob')
    await soon(() => live.presence.getSnapshot().count === 1)
    await soon(() => live.getSnapshot().messages.at(-1)?.status === 'sent')
    bob.connect()
    await soon(() => bobs.getSnapshot().status === 'refused')
    await soon(() => bobs.presence.getSnapshot().status === 'refused')
    await soon(() => bob.conversations.getSnapshot().conversations.every((listed) => listed.id !== id))
    await soon(() => bob.connection.getSnapshot().queued === 0)
    expect(inbox).toEqual([])
    const { messages } = live.getSnapshot()
    expect(messages.map(({ body }) => body)).toEqual(['not for bob'])
    expect(live.presence.getSnapshot().count).toBe(1)
    // Who is taken back may say what they could not.
    await live.invite([other])
    await soon(() => bobs.getSnapshot().status === 'ready')
    const [waiting] = bobs.getSnapshot().messages.filter(({ status }) => status === 'failed')
    expect(waiting).toMatchObject({ body: 'written in a tunnel' })
    bobs.retry(waiting?.id ?? '')
    await soon(() => live.getSnapshot().messages.at(-1)?.body === 'written in a tunnel')
  })
})
