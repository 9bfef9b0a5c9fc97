// Many change the same messages at once, on several nodes: who follows the events has what the database has, and no page
// is ever older than what its reader knew.
import { randomUUID } from 'node:crypto'
import type { Message, Publication } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { overEveryCluster } from '../support/everyCluster.ts'
import { Random } from '../support/random.ts'
import type { RawClient } from '../support/rawClient.ts'

const DEFAULT_APP = '1'
const ROUNDS = 20
const USERS = ['ada', 'bob', 'cyd'] as const
const EMOJIS = ['👍', '🎉', '❤️'] as const

/** The messages that a client has who applies events in their order. */
function fold(events: readonly Pick<Publication, 'name' | 'data'>[]): ReadonlyMap<number, Message> {
  const messages = new Map<number, Message>()
  for (const { name, data } of events) {
    if (!name.startsWith('message:')) continue
    const message = data as Message
    messages.set(message.offset, message)
    const root = message.thread === undefined ? undefined : messages.get(message.thread)
    if (name !== 'message:created' || root === undefined) continue
    messages.set(root.offset, { ...root, replies: (root.replies ?? 0) + 1, lastReplyAt: message.createdAt })
  }
  return messages
}

/** How often a message was edited, as its body says. */
const editsOf = ({ body }: Message): number => Number(/ v(\d+)$/.exec(body)?.[1] ?? 0)

overEveryCluster({}, (cluster) => {
  it.each([1, 2, 3])('pages, events and the database agree (seed %i)', async (seed) => {
    const random = new Random(seed)
    const conversation = randomUUID()
    const channel = `conversation-${conversation}`
    const connect = (user: string) => cluster().connect(user, random.below(2))
    const clients = await Promise.all(USERS.map(connect))
    const [ada] = clients
    if (ada === undefined) throw new Error('unreachable')
    const direct = { conversation, name: 'Random', members: ['bob', 'cyd'] }
    await ada.call('conversation.create', direct)
    const followers = [await cluster().connect('bob', 0), await cluster().connect('cyd', 1)]
    const leaver = await cluster().connect('cyd', 0)
    for (const client of [...followers, leaver]) await client.call('subscribe', { channels: [{ channel }] })
    const store = await cluster().database.open()

    const offsets: number[] = []
    const edits = new Map<number, number>()
    let acknowledged = 0
    const send = async (client: RawClient, thread?: number) => {
      const command = { conversation, messageId: randomUUID(), body: 'text' }
      const { message, position } = await client.call('conversation.send', {
        ...command,
        ...(thread === undefined ? {} : { thread }),
      })
      if (thread === undefined) offsets.push(message.offset)
      acknowledged = Math.max(acknowledged, position.offset)
    }
    const edit = async (client: RawClient, offset: number) => {
      const next = (edits.get(offset) ?? 0) + 1
      edits.set(offset, next)
      await client.ask({ type: 'conversation.edit', conversation, offset, body: `text v${next}` })
    }
    const operation = async (): Promise<unknown> => {
      const client = random.pick(clients)
      const chance = random.next()
      if (offsets.length < 3 || chance < 0.2) return send(client)
      const offset = random.pick(offsets)
      if (chance < 0.35) return send(client, offset)
      if (chance < 0.55) return edit(client, offset)
      if (chance < 0.62) return ada.ask({ type: 'conversation.delete', conversation, offset })
      if (chance < 0.75) {
        return ada.ask({ type: 'conversation.pin', conversation, offset, pinned: random.next() < 0.6 })
      }
      const reaction = { emoji: random.pick(EMOJIS), on: random.next() < 0.7 }
      return client.ask({ type: 'conversation.react', conversation, offset, ...reaction })
    }
    const read = async () => {
      const known = acknowledged
      const limit = 1 + random.below(30)
      const page = await random.pick(clients).call('conversation.history', { conversation, limit })
      expect(page.position.offset).toBeGreaterThanOrEqual(known)
      return page
    }

    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(Array.from({ length: 5 }, (_, index) => (index < 3 ? operation() : read())))
      const limit = 1 + random.below(40)
      const before = random.next() < 0.5 ? undefined : random.pick(offsets) + random.below(3)
      const query = { limit, ...(before === undefined ? {} : { before }) }
      const truth = await store.messages(DEFAULT_APP, conversation, query)
      const pages = await Promise.all(
        clients.map((client) => client.call('conversation.history', { conversation, ...query })),
      )
      for (const page of pages) expect(page).toEqual(truth)
      for (const message of truth.messages) {
        expect(editsOf(message)).toBeLessThanOrEqual(edits.get(message.offset) ?? 0)
      }
      if (round === ROUNDS / 2) leaver.terminate()
    }

    const { position } = await store.messages(DEFAULT_APP, conversation, { limit: 1 })
    const missedFrom = { epoch: position.epoch, offset: leaver.events(channel).at(-1)?.offset ?? 0 }
    const back = await cluster().connect('cyd', 1)
    const { channels } = await back.call('subscribe', { channels: [{ channel, position: missedFrom }] })
    const [recovered] = channels
    if (recovered === undefined || !('recovery' in recovered) || recovered.recovery !== 'recovered') {
      throw new Error(`Not recovered: ${JSON.stringify(recovered)}`)
    }
    const logs: (readonly Publication[])[] = [[...leaver.events(channel), ...(recovered.publications ?? [])]]
    for (const follower of followers) {
      await follower.until(
        () => follower.events(channel).at(-1)?.offset === position.offset,
        'the newest event',
      )
      logs.push(follower.events(channel))
    }

    const fresh = new Map<number, Message>()
    for (const { messages } of [
      await store.messages(DEFAULT_APP, conversation, { limit: 10_000 }),
      ...(await Promise.all(
        offsets.map((thread) => store.messages(DEFAULT_APP, conversation, { thread, limit: 1_000 })),
      )),
    ]) {
      for (const message of messages) fresh.set(message.offset, message)
    }
    const byOffset = (messages: ReadonlyMap<number, Message>) =>
      [...messages.values()].sort((left, right) => left.offset - right.offset)
    for (const log of logs) {
      expect(log.map(({ offset }) => offset)).toEqual(
        Array.from({ length: position.offset }, (_, index) => index + 1),
      )
      expect(byOffset(fold(log))).toEqual(byOffset(fresh))
    }
    const pins = await ada.call('conversation.pins', { conversation })
    const pinned = [...fresh.values()].filter(({ pinnedAt }) => pinnedAt !== undefined)
    expect(pins.messages.map(({ offset }) => offset).sort()).toEqual(
      pinned.map(({ offset }) => offset).sort(),
    )
    for (const { offset, deletedAt } of fresh.values()) {
      const { versions } = await ada.call('conversation.versions', { conversation, offset })
      const edited = followers[0]
        ?.events(channel)
        .filter(({ name, data }) => name === 'message:edited' && (data as Message).offset === offset)
      expect(versions).toHaveLength(deletedAt === undefined ? Math.min(50, edited?.length ?? 0) : 0)
    }
  })
})
