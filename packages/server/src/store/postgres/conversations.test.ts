// Conversations and their members, as several nodes change them at once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  APP,
  conversationDraft,
  eventually,
  messageDraft,
  RecordingListener,
  TestDatabase,
} from '../../../../../tests/support/testDatabase.ts'
import type { PostgresStore } from './postgresStore.ts'

let database: TestDatabase
let store: PostgresStore
let other: PostgresStore
const listener = new RecordingListener()
beforeAll(async () => {
  database = await TestDatabase.start()
  store = await database.open()
  other = await database.open(listener)
})
afterAll(() => database?.stop())

describe('creating', () => {
  it('makes the creator the owner and the named users members', async () => {
    const { value, changed } = await store.create(
      conversationDraft('made', { kind: 'closed', support: true, members: ['bob'] }),
    )
    expect(changed).toBe(true)
    expect(value).toMatchObject({
      id: 'made',
      kind: 'closed',
      name: 'The made',
      support: true,
      memberCount: 2,
      role: 'owner',
      position: { offset: 0 },
    })
    expect(await store.members(APP, 'made')).toMatchObject([
      { id: 'ada', name: 'Ada', role: 'owner' },
      { id: 'bob', role: 'member' },
    ])
    expect(await store.get(APP, 'made', 'bob')).toMatchObject({ role: 'member', memberCount: 2 })
  })

  it('again by the same user finds the first; by another it is refused', async () => {
    const first = await store.create(conversationDraft('twice'))
    const second = await other.create(conversationDraft('twice', { name: 'Renamed' }))
    expect(second).toMatchObject({ changed: false, value: { name: 'The twice' } })
    expect(second.position).toEqual(first.position)
    await expect(store.create(conversationDraft('twice', { creator: { id: 'bob' } }))).rejects.toMatchObject({
      code: 'conversation_exists',
      field: 'conversation',
    })
    expect((await store.create(conversationDraft('twice', { app: 'other-app' }))).changed).toBe(true)
  })

  it('by many nodes at once makes one', async () => {
    const changes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? store : other).create(conversationDraft('race')),
      ),
    )
    expect(changes.filter(({ changed }) => changed)).toHaveLength(1)
    expect(new Set(changes.map(({ position }) => position.epoch)).size).toBe(1)
  })

  it('of a direct conversation by both users at once makes one, and each sees the other', async () => {
    const direct = (creator: string, member: string) =>
      conversationDraft('dm', {
        kind: 'direct',
        name: '',
        creator: { id: creator, name: `Name of ${creator}` },
        members: [member],
        maxMembers: 2,
      })
    const changes = await Promise.all([
      store.create(direct('ada', 'bob')),
      other.create(direct('bob', 'ada')),
    ])
    expect(changes.filter(({ changed }) => changed)).toHaveLength(1)
    expect(await store.get(APP, 'dm', 'ada')).toMatchObject({ peer: { id: 'bob', name: 'Name of bob' } })
    expect(await store.get(APP, 'dm', 'bob')).toMatchObject({ peer: { id: 'ada', name: 'Name of ada' } })
    await expect(store.get(APP, 'dm', 'eve')).rejects.toMatchObject({ code: 'conversation_not_found' })
  })

  it('by the configuration leaves it without an owner', async () => {
    const seed = conversationDraft('seed', { creator: undefined })
    expect(await store.create(seed)).toMatchObject({ changed: true, value: { memberCount: 0 } })
    expect(await other.create(seed)).toMatchObject({ changed: false })
    expect(await store.members(APP, 'seed')).toEqual([])
  })

  it('with too many members is refused', async () => {
    const draft = conversationDraft('crowd', { members: ['b', 'c', 'd'], maxMembers: 3 })
    await expect(store.create(draft)).rejects.toMatchObject({ code: 'conversation_full' })
    expect(await store.positions(APP, ['crowd'])).toEqual(new Map())
  })
})

describe('joining and leaving', () => {
  it('lets in exactly as many as may be members, however many come at once', async () => {
    await store.create(conversationDraft('small', { maxMembers: 5 }))
    const joins = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? store : other).join(APP, 'small', { id: `user-${index}` }),
      ),
    )
    const refused = joins.filter((join) => join.status === 'rejected')
    expect(refused).toHaveLength(16)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'conversation_full' })
    expect(await store.members(APP, 'small')).toHaveLength(5)
    expect(await store.get(APP, 'small', 'ada')).toMatchObject({ memberCount: 5, position: { offset: 4 } })
    const client = await database.connect()
    await expect(
      client.query("update nowcast.conversations set member_count = 6 where id = 'small'"),
    ).rejects.toMatchObject({ constraint: 'conversation_full' })
  })

  it('again changes nothing', async () => {
    await store.create(conversationDraft('rejoin'))
    const first = await store.join(APP, 'rejoin', { id: 'bob', name: 'Bob' })
    expect(first).toMatchObject({
      changed: true,
      value: { id: 'bob', role: 'member' },
      position: { offset: 1 },
    })
    const second = await other.join(APP, 'rejoin', { id: 'bob', name: 'Bob' })
    expect(second).toMatchObject({ changed: false, value: first.value, position: { offset: 1 } })
    expect(await store.leave(APP, 'rejoin', 'bob')).toMatchObject({ changed: true, position: { offset: 2 } })
    expect(await store.leave(APP, 'rejoin', 'bob')).toMatchObject({ changed: false, position: { offset: 2 } })
    expect(await store.get(APP, 'rejoin', 'ada')).toMatchObject({ memberCount: 1 })
  })

  it('is refused for what is not open or not there', async () => {
    await store.create(conversationDraft('closed', { kind: 'closed' }))
    for (const id of ['closed', 'nowhere']) {
      await expect(store.join(APP, id, { id: 'bob' })).rejects.toMatchObject({
        code: 'conversation_not_found',
      })
    }
    await expect(store.leave(APP, 'nowhere', 'bob')).rejects.toMatchObject({ code: 'conversation_not_found' })
  })

  it('hands the conversation to the longest-standing admin, else member, when the owner leaves', async () => {
    await store.create(conversationDraft('legacy'))
    for (const id of ['bob', 'cyd', 'dan']) await store.join(APP, 'legacy', { id })
    const client = await database.connect()
    await client.query(
      `update nowcast.members set role = 'admin' where user_id = 'dan'
       and conversation = (select key from nowcast.conversations where id = 'legacy')`,
    )
    const owner = async () =>
      (await store.members(APP, 'legacy')).filter(({ role }) => role === 'owner').map(({ id }) => id)
    await store.leave(APP, 'legacy', 'ada')
    expect(await owner()).toEqual(['dan'])
    await store.leave(APP, 'legacy', 'dan')
    expect(await owner()).toEqual(['bob'])
    await store.leave(APP, 'legacy', 'cyd')
    expect(await owner()).toEqual(['bob'])
    await store.leave(APP, 'legacy', 'bob')
    expect(await store.members(APP, 'legacy')).toEqual([])
    expect(await store.join(APP, 'legacy', { id: 'eve' })).toMatchObject({ changed: true })
  })
})

describe('finding', () => {
  it('tells what a user is to a conversation', async () => {
    await store.create(conversationDraft('access'))
    expect(await store.membership(APP, 'access', 'ada')).toMatchObject({ kind: 'open', role: 'owner' })
    expect(await store.membership(APP, 'access', 'bob')).toMatchObject({ kind: 'open' })
    await expect(store.membership(APP, 'nowhere', 'ada')).rejects.toMatchObject({
      code: 'conversation_not_found',
    })
    await expect(store.membership('other', 'access', 'ada')).rejects.toMatchObject({
      code: 'conversation_not_found',
    })
  })

  it('shows an open conversation to strangers without its messages, a closed one not at all', async () => {
    await store.create(conversationDraft('shown'))
    await store.send([messageDraft('shown', 'm1')])
    const stranger = await store.get(APP, 'shown', 'bob')
    expect(stranger).toMatchObject({ name: 'The shown', position: { offset: 1 } })
    expect(stranger).not.toHaveProperty('lastMessage')
    expect(stranger).not.toHaveProperty('role')
    await store.create(conversationDraft('hidden', { kind: 'closed' }))
    await expect(store.get(APP, 'hidden', 'bob')).rejects.toMatchObject({ code: 'conversation_not_found' })
  })

  it('lists one’s own by activity with the newest message, and what is open by size', async () => {
    const app = 'lists'
    const make = (id: string, fields = {}) => store.create(conversationDraft(id, { app, ...fields }))
    await make('quiet')
    await make('busy')
    await make('busier', { creator: { id: 'bob' }, members: ['cyd', 'dan'] })
    await make('secret', { kind: 'closed', creator: { id: 'bob' } })
    const draft = { app, metadata: { a: 1 } }
    await store.send([messageDraft('busy', 'm1', draft), messageDraft('busy', 'm2', draft)])
    const mine = await store.list(app, 'ada', 'mine')
    expect(mine.map(({ id }) => id)).toEqual(['busy', 'quiet'])
    const { messages } = await store.messages(app, 'busy', { limit: 1 })
    expect(mine[0]?.lastMessage).toEqual(messages[0])
    expect(mine[1]).not.toHaveProperty('lastMessage')
    await store.send([messageDraft('quiet', 'm1', { app })])
    expect((await store.list(app, 'ada', 'mine')).map(({ id }) => id)).toEqual(['quiet', 'busy'])
    expect((await store.list(app, 'eve', 'open')).map(({ id }) => id)).toEqual(['busier', 'quiet', 'busy'])
    expect((await store.list(app, 'ada', 'open')).map(({ id }) => id)).toEqual(['busier'])
  })

  it('tells the newest places of those that exist', async () => {
    await store.create(conversationDraft('place'))
    await store.send([messageDraft('place', 'm1'), messageDraft('place', 'm2')])
    const { position } = await store.get(APP, 'place', 'ada')
    expect(await store.positions(APP, ['place', 'nowhere'])).toEqual(new Map([['place', position]]))
    expect(position.offset).toBe(2)
    expect(await store.positions(APP, [])).toEqual(new Map())
  })

  it('remembers how a user is shown, and forgets nothing when told less', async () => {
    await store.create(conversationDraft('profiles', { creator: { id: 'pat' } }))
    const shown = async () => (await store.members(APP, 'profiles'))[0]
    expect(await shown()).not.toHaveProperty('name')
    await store.rememberUser(APP, { id: 'pat', name: 'Pat', avatar: 'https://pat.example/p.png' })
    await store.rememberUser(APP, { id: 'pat' })
    expect(await shown()).toMatchObject({ name: 'Pat', avatar: 'https://pat.example/p.png' })
    await store.rememberUser(APP, { id: 'pat', name: 'Patricia' })
    expect(await shown()).toMatchObject({ name: 'Patricia', avatar: 'https://pat.example/p.png' })
  })
})

it('every kind of change is heard by other nodes', async () => {
  const id = 'heard-"1"'
  await store.create(conversationDraft(id))
  const changes = [
    () => store.join(APP, id, { id: 'bob' }),
    () => store.send([messageDraft(id, 'm1')]),
    () => store.edit(APP, id, 2, 'ada', 'better'),
    () => store.delete(APP, id, 2, 'ada'),
    () => store.leave(APP, id, 'bob'),
  ]
  for (const [index, change] of changes.entries()) {
    await change()
    await eventually(() => listener.newest(id) === index + 1, `change ${index + 1} to be heard`)
  }
  expect(listener.commits.every(({ app }) => typeof app === 'string')).toBe(true)
})
