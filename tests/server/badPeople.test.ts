// Members, roles and watchers that are not as one would wish: on one node, and on two over Redis. That limits hold however
// many connections race for them is in limits.test.ts.
import { randomUUID } from 'node:crypto'
import { isObject, type Json, limits, type Member, type Publication } from '@nowcast/protocol'
import { describe, expect, it } from 'vitest'
import { overEveryCluster } from '../support/everyCluster.ts'
import { MemberView } from '../support/memberView.ts'
import { Random } from '../support/random.ts'
import type { RawClient } from '../support/rawClient.ts'

const MAX_DATA_BYTES = 200
const MESSAGES = 50
const WATCHES = 1_000

const newRoom = () => `room-${randomUUID()}`
const newUser = (name: string) => `${name}-${randomUUID().slice(0, 8)}`
const outcome = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: Error) => error.message,
  )

/** Takes in what a conversation's event says of its members. */
function replay(roles: Map<string, string>, name: string, data: Json): void {
  if (!isObject(data) || typeof data.id !== 'string') return
  if (name === 'member:left') roles.delete(data.id)
  else if (name.startsWith('member:') && typeof data.role === 'string') roles.set(data.id, data.role)
}

overEveryCluster({ presence: { maxDataBytes: MAX_DATA_BYTES } }, (nodes) => {
  async function join(room: string, user: string, node = 0): Promise<RawClient> {
    const client = await nodes().connect(user, node)
    await client.call('subscribe', { channels: [{ channel: room }] })
    return client
  }

  describe('members', () => {
    it('are who they are, whatever their id looks like', async () => {
      const room = newRoom()
      const odd = [
        '__proto__',
        'constructor',
        '=a',
        'a~b',
        'a/b',
        'a:b',
        'a|b',
        'a b',
        '%00',
        '\u202eb',
        'ü'.repeat(30),
      ]
      const watcher = await join(room, newUser('eve'), 1)
      const view = await MemberView.watch(watcher, room)
      await watcher.call('typing.watch', { channels: [room] })
      await watcher.call('people.watch', { users: odd })
      for (const [index, user] of odd.entries()) {
        const client = await join(room, user, index)
        await client.call('presence.enter', { channel: room, data: user })
        if (index < 10) await client.call('typing.start', { channel: room })
      }
      await view.untilUsers(...odd)
      for (const user of odd) expect(view.member(user)).toEqual({ id: user, name: user, data: user })
      const typing = () => watcher.pushes.findLast((push) => push.type === 'typing')
      await watcher.until(() => typing()?.count === 10, 'ten to type')
      expect(
        typing()
          ?.users.map(({ id }) => id)
          .sort(),
      ).toEqual(odd.slice(0, 10).sort())
      const online = () =>
        new Set(
          watcher.pushes
            .flatMap((push) => (push.type === 'people' ? push.people : []))
            .filter(({ status }) => status === 'online')
            .map(({ id }) => id),
        )
      await watcher.until(() => online().size === odd.length, 'all to be online')
      expect(view.contradictions).toEqual([])
    })

    it('say what they like, and it stays what they said', async () => {
      const room = newRoom()
      const view = await MemberView.watch(await join(room, newUser('eve'), 1), room)
      const mallory = await join(room, 'mallory')
      const said: readonly Json[] = [
        null,
        false,
        '',
        [],
        JSON.parse('{"__proto__":{"id":"ada"},"constructor":1}'),
        { id: 'ada', name: 'Ada', data: 1, at: 9e15, left: ['mallory'] },
        { '\u0000': '\ud800', '': ' ' },
        1e-320,
        '"}\n{"type":"presence.changed"',
      ]
      for (const data of said) {
        await mallory.call('presence.enter', { channel: room, data })
        const shown = JSON.stringify(data)
        const saidNow = () => JSON.stringify(view.member('mallory')?.data) === shown
        await view.until(saidNow, shown)
        expect(view.users).toEqual(['mallory'])
        const { id, name }: Member = view.member('mallory') ?? { id: '' }
        expect({ id, name }).toEqual({ id: 'mallory', name: 'mallory' })
      }
      expect(view.contradictions).toEqual([])
    })

    it('stay as they were when they say too much', async () => {
      const room = newRoom()
      const view = await MemberView.watch(await join(room, newUser('eve'), 1), room)
      const ada = await join(room, 'ada')
      const enter = (data: Json) => outcome(ada.call('presence.enter', { channel: room, data }))
      const fitting = 'é'.repeat((MAX_DATA_BYTES - 2) / 2)
      expect(await enter(fitting)).toBe('done')
      await view.until(() => view.member('ada')?.data === fitting, 'what fits')
      expect(await enter(`${fitting}a`)).toBe('data_too_large')
      expect(await enter(Array(MAX_DATA_BYTES).fill(0))).toBe('data_too_large')
      expect(await enter({ ['k'.repeat(MAX_DATA_BYTES)]: 1 })).toBe('data_too_large')
      const large = await ada.ask({ type: 'presence.enter', channel: room, data: 'x'.repeat(60_000) })
      expect(large.error?.code).toBe('data_too_large')
      const bob = await join(room, 'bob')
      await bob.call('presence.enter', { channel: room })
      await view.untilUsers('ada', 'bob')
      expect(view.member('ada')?.data).toBe(fitting)
    })
  })

  it('a thousand watch commands are as good as one', async () => {
    const room = newRoom()
    const user = newUser('ada')
    const client = await join(room, newUser('mallory'))
    const commands = [
      { type: 'presence.watch', channels: [room] },
      { type: 'typing.watch', channels: [room] },
      { type: 'people.watch', users: [user] },
    ]
    for (const [index, command] of commands.entries()) {
      const ids = Array.from({ length: WATCHES }, (_, count) => (index + 1) * 10_000 + count)
      for (let start = 0; start < WATCHES; start += limits.commandsPerFrame) {
        const some = ids.slice(start, start + limits.commandsPerFrame)
        client.socket.send(some.map((id) => JSON.stringify({ id, ...command })).join('\n'))
      }
      await client.answer(ids.at(-1) ?? 0)
      for (const id of ids) expect((await client.answer(id)).error).toBeUndefined()
    }
    const ada = await join(room, user, 1)
    client.pushes.length = 0
    await ada.call('presence.enter', { channel: room })
    await ada.call('typing.start', { channel: room })
    await client.until(() => client.pushes.some(({ type }) => type === 'typing'), 'who types')
    await client.until(() => client.pushes.some(({ type }) => type === 'presence.changed'), 'who came')
    const bob = await join(room, newUser('bob'), 1)
    await bob.call('presence.enter', { channel: room })
    const changes = () => client.pushes.filter(({ type }) => type === 'presence.changed')
    await client.until(() => changes().length > 1, 'who came then')
    expect(changes()).toHaveLength(2)
    expect(client.pushes.filter(({ type }) => type === 'typing')).toHaveLength(1)
    for (const type of ['presence.unwatch', 'typing.unwatch'] as const) {
      await client.call(type, { channels: [room] })
    }
    client.pushes.length = 0
    const witness = await MemberView.watch(await join(room, newUser('eve')), room)
    await bob.call('presence.leave', { channel: room })
    await witness.untilUsers(user)
    await client.call('ping', {})
    expect(client.pushes.filter(({ type }) => type !== 'people')).toEqual([])
  })

  describe('while fifty messages are sent', () => {
    async function party() {
      const conversation = randomUUID()
      const [owner, writer] = [newUser('ada'), newUser('bob')]
      const ada = await nodes().connect(owner)
      const tabs = [await nodes().connect(writer), await nodes().connect(writer, 1)]
      await ada.call('conversation.create', { conversation, name: 'Talk', members: [writer] })
      await ada.call('conversation.role', { conversation, user: writer, role: 'admin' })
      await ada.call('conversation.update', { conversation, permissions: { post: 'admin' } })
      const send = (index: number) =>
        tabs[index % 2]?.call('conversation.send', {
          conversation,
          messageId: `m${index}`,
          body: `${index}`,
        }) ?? Promise.reject(new Error('unreachable'))
      return { conversation, writer, ada, send }
    }

    async function logOf(client: RawClient, conversation: string): Promise<readonly Publication[]> {
      const channel = `conversation-${conversation}`
      return (await client.call('history', { channel, limit: 100 })).publications
    }

    it.each([
      {
        what: 'the writer is demoted',
        change: (ada: RawClient, conversation: string, user: string) =>
          ada.call('conversation.role', { conversation, user, role: 'member' }),
        event: 'member:changed',
        refusal: 'forbidden',
      },
      {
        what: 'only the owner may post any more',
        change: (ada: RawClient, conversation: string) =>
          ada.call('conversation.update', { conversation, permissions: { post: 'owner' } }),
        event: 'conversation:changed',
        refusal: 'forbidden',
      },
      {
        what: 'the writer is removed',
        change: (ada: RawClient, conversation: string, user: string) =>
          ada.call('conversation.remove', { conversation, user }),
        event: 'member:left',
        refusal: 'not_a_member',
      },
      {
        what: 'all is archived',
        change: (ada: RawClient, conversation: string) =>
          ada.call('conversation.archive', { conversation, archived: true }),
        event: 'conversation:changed',
        refusal: 'conversation_archived',
      },
    ])(
      '$what: each is decided one way, and none is stored after that',
      async ({ change, event, refusal }) => {
        const { conversation, writer, ada, send } = await party()
        const before = Array.from({ length: MESSAGES / 2 }, (_, index) => outcome(send(index)))
        // Some of them are under way, and others follow while the change is.
        await before[3]
        const changing = change(ada, conversation, writer)
        const during = Array.from({ length: MESSAGES / 2 }, (_, index) => outcome(send(MESSAGES / 2 + index)))
        await changing
        const after = Array.from({ length: 5 }, (_, index) => outcome(send(MESSAGES + index)))
        const outcomes = await Promise.all([...before, ...during, ...after])
        expect(new Set(outcomes)).toEqual(new Set(['done', refusal]))
        expect(outcomes.slice(MESSAGES)).toEqual(Array(5).fill(refusal))
        const log = await logOf(ada, conversation)
        const stored = log.filter(({ name }) => name === 'message:created')
        expect(stored).toHaveLength(outcomes.filter((one) => one === 'done').length)
        const changedAt = log.findLast(({ name }) => name === event)?.offset ?? 0
        for (const { offset } of stored) expect(offset).toBeLessThan(changedAt)
        const { messages } = await ada.call('conversation.history', { conversation, limit: 100 })
        expect(messages.map(({ body }) => body).sort()).toEqual(
          outcomes.flatMap((one, index) => (one === 'done' ? [`${index}`] : [])).sort(),
        )
      },
    )
  })

  it.each([1, 2, 3])('the owner leaves while roles change and others come and go (seed %i)', async (seed) => {
    const random = new Random(seed)
    const conversation = randomUUID()
    const users = ['ada', 'bob', 'cyd', 'dan'].map(newUser)
    const clients = await Promise.all(users.map((user, index) => nodes().connect(user, index)))
    const [ada, bob, cyd, dan] = clients
    const tab = await nodes().connect(users[0] ?? '', 1)
    if (ada === undefined || bob === undefined || cyd === undefined || dan === undefined) throw new Error()
    const members = users.slice(1, 3)
    await ada.call('conversation.create', { conversation, name: 'Talk', members })
    const role = (user = '', given: 'owner' | 'admin' = 'owner') => ({ conversation, user, role: given })
    const acts = [
      () => ada.call('conversation.leave', { conversation }),
      () => tab.call('conversation.role', role(users[1])),
      () => tab.call('conversation.role', role(users[2], 'admin')),
      () => bob.call('conversation.leave', { conversation }),
      () => dan.call('conversation.join', { conversation }),
      () => cyd.call('conversation.remove', { conversation, user: users[1] ?? '' }),
      () => tab.call('conversation.leave', { conversation }),
    ]
    const order = acts.map((act) => ({ act, at: random.next() })).sort((one, other) => one.at - other.at)
    const outcomes = await Promise.all(order.map(({ act }) => outcome(act())))
    for (const one of outcomes) expect(['done', 'forbidden', 'not_a_member', 'not_found']).toContain(one)
    const left = (await cyd.call('conversation.members', { conversation })).members
    expect(left.filter((member) => member.role === 'owner')).toHaveLength(1)
    const { memberCount } = await cyd.call('conversation.get', { conversation })
    expect(memberCount).toBe(left.length)
    const log = (await cyd.call('history', { channel: `conversation-${conversation}`, limit: 100 }))
      .publications
    const roles = new Map(members.map((user) => [user, 'member']))
    roles.set(users[0] ?? '', 'owner')
    for (const { name, data } of log) replay(roles, name, data)
    expect(new Map(left.map(({ id, role: held }) => [id, held]))).toEqual(roles)
  })
})
