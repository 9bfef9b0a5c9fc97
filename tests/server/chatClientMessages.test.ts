// The client's conversations on real nodes: messages, threads, the past, and what is written piece by piece.
import { randomUUID } from 'node:crypto'
import type { ChatMessage, LiveThread } from '@nowcast/client'
import { createBackend } from '@nowcast/client/backend'
import { expect, it } from 'vitest'
import { chatClients } from '../support/chatClients.ts'
import { overEveryCluster } from '../support/everyCluster.ts'
import { Random } from '../support/random.ts'
import { eventually } from '../support/testDatabase.ts'

/** Waits for what a page shows. */
const soon = (condition: () => boolean) => eventually(condition, String(condition))

overEveryCluster({ conversations: { streams: { window: '20ms' } } }, (nodes) => {
  const clientOf = chatClients(nodes)

  /** Two users who look at the same conversation, each on a node of their own. */
  async function talk() {
    const id = randomUUID()
    const [ada, bob] = [clientOf('ada', 0), clientOf('bob', 1)]
    await ada.conversations.create({ id, name: 'Talk', members: ['bob', 'bot'] })
    const live = [ada.conversation(id), bob.conversation(id)] as const
    for (const conversation of live) conversation.subscribe(() => {})
    await soon(() => live.every((conversation) => conversation.getSnapshot().status === 'ready'))
    const bodies = (of: number) => live[of]?.getSnapshot().messages.map(({ body }) => body) ?? []
    return { id, ada: live[0], bob: live[1], clients: [ada, bob] as const, bodies }
  }

  it('shows the same to everybody: messages, changes, reactions, pins, replies', async () => {
    const { ada, bob } = await talk()
    for (const body of ['one', 'two', 'three']) ada.send(body)
    const shown = () => bob.getSnapshot().messages
    await soon(() => shown().length === 3)
    const [one, two, three] = shown().map(({ offset }) => offset)
    if (one === undefined || two === undefined || three === undefined) throw new Error('unreachable')
    const thread = ada.thread(two)
    thread.subscribe(() => {})
    await Promise.all([
      bob.react(one, '👍', true),
      ada.react(one, '👍', true),
      ada.edit(two, 'two!'),
      ada.pin(three, true),
    ])
    bob.send('a reply', { thread: two })
    bob.send('another', { thread: two })
    await soon(() => thread.getSnapshot().messages.length === 2 && thread.getSnapshot().root?.replies === 2)
    await soon(() => shown()[1]?.replies === 2 && shown()[1]?.body === 'two!')
    await soon(() => shown()[2]?.pinnedBy === 'ada' && shown()[0]?.reactions?.[0]?.users.length === 2)
    expect(shown()).toHaveLength(3)
    expect(await bob.versions(two)).toMatchObject([{ body: 'two' }])
    expect(await bob.pins()).toMatchObject([{ offset: three }])
    const fresh = await bob.message(two)
    expect(fresh).toMatchObject({ body: 'two!', replies: 2 })
    await ada.pin(three, false)
    await soon(() => shown()[2]?.pinnedAt === undefined)
    await expect(bob.edit(one, 'not mine')).rejects.toMatchObject({ code: 'forbidden' })
    expect(shown()[0]?.body).toBe('one')
  })

  it('leads into the past and back', async () => {
    const { ada, bob, bodies } = await talk()
    for (let index = 1; index <= 70; index += 1) ada.send(`m${index}`)
    await soon(() => bodies(1).at(-1) === 'm70')
    const first = (await bob.search('m7')).messages.find(({ body }) => body === 'm7')
    if (first === undefined) throw new Error('It was not found.')
    bob.forget()
    await soon(() => bob.getSnapshot().status === 'ready')
    expect(bodies(1)).toHaveLength(20)
    expect(await bob.jump(first.offset)).toBe(true)
    expect(bodies(1)).toContain('m7')
    expect(bob.getSnapshot().hasNewer).toBe(true)
    ada.send('m71')
    while (bob.getSnapshot().hasNewer) await bob.newer()
    while (bob.getSnapshot().hasOlder) await bob.older()
    await soon(() => bodies(1).length === 71)
    expect(bodies(1)).toEqual(Array.from({ length: 71 }, (_, index) => `m${index + 1}`))
  })

  it('grows a text piece by piece, whole for who comes late and for who was away', async () => {
    const { id, bob, clients: pages, bodies } = await talk()
    const backend = createBackend({ url: nodes().urlOf(0), key: 'dev-key', secret: 'dev-secret' })
    const stream = backend.stream(id, { sender: 'bot' })
    let text = ''
    const write = (words: number) => {
      for (let index = 0; index < words; index += 1) {
        const word = `word ${text.length} 👍🏽 `
        text += word
        stream.append(word)
      }
    }
    const seen: string[] = []
    bob.subscribe(() => seen.push(bob.getSnapshot().messages[0]?.body ?? ''))
    write(20)
    await soon(() => bodies(0)[0] === text && bodies(1)[0] === text)
    pages[1].disconnect()
    write(20)
    await soon(() => bodies(0)[0] === text)
    pages[1].connect()
    write(20)
    const late = clientOf('ada', 1).conversation(id)
    late.subscribe(() => {})
    await soon(() => bodies(1)[0] === text && late.getSnapshot().messages[0]?.body === text)
    await stream.finish()
    await soon(() => bob.getSnapshot().messages[0]?.streaming === undefined)
    expect([bodies(0), bodies(1)]).toEqual([[text], [text]])
    for (const body of seen) expect(text.startsWith(body)).toBe(true)
  })

  it.each([1, 2, 3])(
    'ends with what a fresh page sees, whatever happened in between (seed %i)',
    async (seed) => {
      const random = new Random(seed)
      const { id, ada, bob, clients: pages } = await talk()
      const done: Promise<unknown>[] = []
      const threads = new Map<number, LiveThread>()
      const emojis = ['👍', '🎉', '👀']
      for (let step = 0; step < 120; step += 1) {
        const [live, page] = random.pick([[ada, pages[0]] as const, [bob, pages[1]] as const])
        const stored = live.getSnapshot().messages.filter(({ offset }) => offset > 0)
        const target = stored.length === 0 ? undefined : random.pick(stored)
        const kind = random.pick([
          'send',
          'send',
          'reply',
          'reply',
          'react',
          'edit',
          'delete',
          'pin',
          'away',
          'pause',
        ])
        if (kind === 'send' || target === undefined) live.send(`message ${step}`)
        else if (kind === 'reply') {
          const thread = live.thread(target.offset)
          if (threads.size < 4 && !threads.has(target.offset)) {
            threads.set(target.offset, thread)
            thread.subscribe(() => {})
          }
          thread.send(`reply ${step}`)
        } else if (kind === 'react')
          done.push(live.react(target.offset, random.pick(emojis), random.pick([true, false])))
        else if (kind === 'edit') done.push(live.edit(target.offset, `edited ${step}`))
        else if (kind === 'delete') done.push(live.delete(target.offset))
        else if (kind === 'pin') done.push(live.pin(target.offset, random.pick([true, false])))
        else if (kind === 'away') {
          page.connection.state === 'connected' ? page.disconnect() : page.connect()
          await new Promise((resolve) => setTimeout(resolve, 20))
        } else await new Promise((resolve) => setTimeout(resolve, 15))
      }
      for (const page of pages) page.connect()
      await Promise.allSettled(done)
      const pending = () =>
        pages.every(
          (page) => page.connection.getSnapshot().queued === 0 && page.connection.state === 'connected',
        )
      await soon(pending)
      const seen = (messages: readonly ChatMessage[]) =>
        messages
          .filter(({ offset }) => offset > 0)
          .map(
            ({ offset, body, reactions, replies, lastReplyAt, pinnedAt, deletedAt, editedAt, thread }) => ({
              offset,
              body,
              reactions: reactions ?? [],
              replies,
              lastReplyAt,
              pinnedAt,
              deletedAt,
              editedAt,
              thread,
            }),
          )
      const fresh = clientOf('ada', 1).conversation(id)
      fresh.subscribe(() => {})
      await soon(() => fresh.getSnapshot().status === 'ready')
      while (fresh.getSnapshot().hasOlder) await fresh.older()
      const expected = JSON.stringify(seen(fresh.getSnapshot().messages))
      for (const live of [ada, bob]) {
        await soon(() => live.getSnapshot().messages.length >= fresh.getSnapshot().messages.length)
        await soon(() => JSON.stringify(seen(live.getSnapshot().messages)) === expected).catch(() =>
          expect(seen(live.getSnapshot().messages)).toEqual(seen(fresh.getSnapshot().messages)),
        )
      }
      for (const [offset, thread] of threads) {
        const freshThread = fresh.thread(offset)
        freshThread.subscribe(() => {})
        await soon(() => freshThread.getSnapshot().status === 'ready')
        const { root, messages } = freshThread.getSnapshot()
        const shown = () => thread.getSnapshot()
        await soon(() => JSON.stringify(seen(shown().messages)) === JSON.stringify(seen(messages)))
        expect(shown().root && seen([shown().root as ChatMessage])).toEqual(root && seen([root]))
      }
    },
    60_000,
  )
})
