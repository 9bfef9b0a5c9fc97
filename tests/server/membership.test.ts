// Who may be in a conversation and run it, over real sockets: on one node, and on two over Redis.
import { randomUUID } from 'node:crypto'
import type { Publication, Role } from '@nowcast/protocol'
import { describe, expect, it } from 'vitest'
import { overEveryCluster } from '../support/everyCluster.ts'
import type { RawClient } from '../support/rawClient.ts'

const MAX_MEMBERS = 12

const name = (prefix: string) => `${prefix}-${randomUUID().slice(0, 8)}`
const channelOf = (conversation: string) => `conversation-${conversation}`
const signalsOf = (conversation: string) => `signals-${conversation}`
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: Error) => error.message,
  )

overEveryCluster({ conversations: { maxMembers: MAX_MEMBERS, seed: { lobby: 'Lobby' } } }, (nodes) => {
  /** A conversation of an owner's with an admin and a member, each on another connection, one of them elsewhere. */
  async function party(kind: 'open' | 'closed' = 'closed') {
    const conversation = randomUUID()
    const ids = { owner: name('ada'), admin: name('bob'), member: name('cyd'), stranger: name('eve') }
    const owner = await nodes().connect(ids.owner)
    const admin = await nodes().connect(ids.admin, 1)
    const member = await nodes().connect(ids.member, 1)
    const stranger = await nodes().connect(ids.stranger)
    const members = [ids.admin, ids.member]
    await owner.call('conversation.create', { conversation, name: 'Party', kind, members })
    await owner.call('conversation.role', { conversation, user: ids.admin, role: 'admin' })
    return { conversation, channel: channelOf(conversation), ids, owner, admin, member, stranger }
  }

  async function subscribe(client: RawClient, ...channels: string[]) {
    const result = await client.call('subscribe', { channels: channels.map((channel) => ({ channel })) })
    for (const one of result.channels) expect(one).not.toHaveProperty('error')
  }

  async function rolesOf(client: RawClient, conversation: string): Promise<Record<string, Role>> {
    const { members } = await client.call('conversation.members', { conversation })
    return Object.fromEntries(members.map(({ id, role }) => [id, role]))
  }

  /** Everything that a conversation's channel has carried, as its log has it. */
  async function logOf(client: RawClient, conversation: string): Promise<readonly Publication[]> {
    const { publications } = await client.call('history', { channel: channelOf(conversation), limit: 100 })
    return publications
  }

  const named = (publications: readonly Publication[], ...names: string[]) =>
    publications.filter((publication) => names.includes(publication.name))
  const ended = (client: RawClient, channel: string) =>
    client.until(
      () => client.pushes.some((push) => push.type === 'unsubscribed' && push.channel === channel),
      `the end of ${channel}`,
    )

  describe('inviting', () => {
    it('makes users members whom nobody knows yet, and tells them and the others once', async () => {
      const { conversation, channel, ids, owner, member } = await party()
      const [known, unknown] = [name('dan'), name('nobody-yet')]
      const dan = await nodes().connect(known, 1)
      await subscribe(dan, `user-${known}`)
      await subscribe(member, channel)
      const users = [known, unknown, known, ids.member]
      const { members } = await owner.call('conversation.invite', { conversation, users })
      expect(members).toMatchObject([
        { id: known, role: 'member' },
        { id: unknown, role: 'member' },
      ])
      expect(await owner.call('conversation.invite', { conversation, users })).toEqual({ members: [] })
      await dan.until(() => dan.events(`user-${known}`).length > 0, 'the news')
      expect(dan.events(`user-${known}`)).toMatchObject([
        { name: 'conversation:added', data: { id: conversation, role: 'member', unread: 0 } },
      ])
      await member.until(() => named(member.events(channel), 'member:joined').length === 2, 'the joins')
      const joins = named(await logOf(owner, conversation), 'member:joined')
      expect(joins).toMatchObject(members.map((data) => ({ sender: ids.owner, data })))
      expect(named(member.events(channel), 'member:joined')).toEqual(
        joins.map((join) => ({ type: 'event', ...join })),
      )
      expect((await owner.call('conversation.get', { conversation })).memberCount).toBe(5)
    })

    it('is for those whose role the conversation asks for', async () => {
      const closed = await party()
      const open = await party('open')
      const invite = ({ conversation }: { conversation: string }, client: RawClient) =>
        codeOf(client.call('conversation.invite', { conversation, users: [name('new')] }))
      expect(await invite(closed, closed.member)).toBe('forbidden')
      expect(await invite(closed, closed.admin)).toBe('done')
      expect(await invite(closed, closed.stranger)).toBe('conversation_not_found')
      expect(await invite(open, open.member)).toBe('done')
      expect(await invite(open, open.stranger)).toBe('not_a_member')
      const { conversation } = open
      await open.admin.call('conversation.update', { conversation, permissions: { invite: 'owner' } })
      expect(await invite(open, open.admin)).toBe('forbidden')
      expect(await invite(open, open.owner)).toBe('done')
    })

    it('and joining at once from everywhere fills a conversation to its limit and not beyond', async () => {
      const { conversation, owner, admin } = await party('open')
      const joiners = await Promise.all(
        Array.from({ length: 10 }, (_, index) => nodes().connect(name('joiner'), index % 2)),
      )
      const inviting = [owner, admin].flatMap((client) =>
        Array.from({ length: 5 }, () =>
          codeOf(client.call('conversation.invite', { conversation, users: [name('guest')] })),
        ),
      )
      const joining = joiners.map((client) => codeOf(client.call('conversation.join', { conversation })))
      const outcomes = await Promise.all([...inviting, ...joining])
      expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(MAX_MEMBERS - 3)
      expect(outcomes.filter((outcome) => outcome === 'conversation_full')).toHaveLength(
        20 - (MAX_MEMBERS - 3),
      )
      expect(Object.keys(await rolesOf(owner, conversation))).toHaveLength(MAX_MEMBERS)
      expect((await owner.call('conversation.get', { conversation })).memberCount).toBe(MAX_MEMBERS)
      expect(named(await logOf(owner, conversation), 'member:joined')).toHaveLength(MAX_MEMBERS - 3)
    })

    it('adds all who are named or nobody', async () => {
      const { conversation, owner } = await party()
      const users = Array.from({ length: MAX_MEMBERS - 2 }, () => name('guest'))
      expect(await codeOf(owner.call('conversation.invite', { conversation, users }))).toBe(
        'conversation_full',
      )
      expect(Object.keys(await rolesOf(owner, conversation))).toHaveLength(3)
      expect(await codeOf(owner.call('conversation.invite', { conversation, users: users.slice(1) }))).toBe(
        'done',
      )
    })
  })

  describe('removing', () => {
    it('is for higher roles than that of who is removed', async () => {
      const { conversation, ids, owner, admin, member, stranger } = await party()
      const other = name('dan')
      await owner.call('conversation.invite', { conversation, users: [other] })
      await owner.call('conversation.role', { conversation, user: other, role: 'admin' })
      const remove = (client: RawClient, user: string) =>
        codeOf(client.call('conversation.remove', { conversation, user }))
      expect(await remove(stranger, ids.member)).toBe('conversation_not_found')
      expect(await remove(member, ids.member)).toBe('forbidden')
      expect(await remove(member, ids.owner)).toBe('forbidden')
      expect(await remove(admin, other)).toBe('forbidden')
      expect(await remove(admin, ids.owner)).toBe('forbidden')
      expect(await remove(owner, ids.owner)).toBe('forbidden')
      expect(await remove(admin, ids.stranger)).toBe('done')
      expect(named(await logOf(owner, conversation), 'member:left')).toEqual([])
      expect(await remove(admin, ids.member)).toBe('done')
      expect(await remove(owner, other)).toBe('done')
      expect(await rolesOf(owner, conversation)).toEqual({ [ids.owner]: 'owner', [ids.admin]: 'admin' })
    })

    it('ends at once what the member receives, on every node, and nobody else’s', async () => {
      const { conversation, channel, ids, owner, admin, member } = await party()
      const signals = signalsOf(conversation)
      const elsewhere = await nodes().connect(ids.member)
      const signalsOnly = await nodes().connect(ids.member, 1)
      for (const client of [admin, member, elsewhere]) await subscribe(client, channel, signals)
      await subscribe(signalsOnly, signals, `user-${ids.member}`)
      await owner.call('conversation.remove', { conversation, user: ids.member })
      for (const client of [member, elsewhere]) {
        await ended(client, channel)
        await ended(client, signals)
      }
      await ended(signalsOnly, signals)
      expect(member.pushes.find(({ type }) => type === 'unsubscribed')).toMatchObject({
        error: { code: 'not_a_member' },
      })
      const news = () => signalsOnly.events(`user-${ids.member}`)
      await signalsOnly.until(() => news().length > 0, 'the news')
      expect(news()).toMatchObject([{ name: 'conversation:removed', data: { id: conversation } }])

      await owner.call('conversation.send', { conversation, messageId: 'secret', body: 'without them' })
      await owner.call('conversation.receipt', { conversation, read: 1 })
      await admin.until(() => admin.events(channel).some(({ id }) => id === 'secret'), 'the message')
      await admin.until(() => admin.events(signals).length > 0, 'the receipt')
      for (const client of [member, elsewhere, signalsOnly]) {
        await client.call('ping', {})
        expect(client.events(signals)).toEqual([])
        expect(client.events(channel).some(({ id }) => id === 'secret')).toBe(false)
      }
      expect(named(admin.events(channel), 'member:left')).toMatchObject([
        { sender: ids.owner, data: { id: ids.member } },
      ])
      expect(admin.pushes.some(({ type }) => type === 'unsubscribed')).toBe(false)
    })

    it('ends the signals also where the conversation itself is not listened to', async () => {
      const { conversation, ids, owner, member } = await party()
      const signals = signalsOf(conversation)
      const other = await nodes().connect(ids.admin, 1)
      for (const client of [member, other]) await subscribe(client, signals)
      await owner.call('conversation.remove', { conversation, user: ids.member })
      await ended(member, signals)
      await owner.call('conversation.receipt', { conversation, read: 1 })
      await other.until(() => other.events(signals).length > 0, 'the receipt')
      await member.call('ping', {})
      expect(member.events(signals)).toEqual([])
    })

    it('of who is away shuts every way back', async () => {
      const { conversation, channel, ids, owner, member } = await party('open')
      const signals = signalsOf(conversation)
      const positions = (
        await member.call('subscribe', { channels: [{ channel }, { channel: signals }] })
      ).channels.flatMap((result) => ('position' in result ? result.position : []))
      expect(positions).toHaveLength(2)
      await member.call('conversation.send', { conversation, messageId: 'mine', body: 'findable words' })
      member.terminate()
      await owner.call('conversation.remove', { conversation, user: ids.member })
      await owner.call('conversation.send', { conversation, messageId: 'secret', body: 'findable too' })
      await owner.call('conversation.receipt', { conversation, read: 2 })

      const back = await nodes().connect(ids.member, 1)
      const { channels } = await back.call('subscribe', {
        channels: [
          { channel, position: positions[0] ?? { epoch: '', offset: 0 } },
          { channel: signals, position: positions[1] ?? { epoch: '', offset: 0 } },
        ],
      })
      expect(channels).toMatchObject([
        { channel, error: { code: 'forbidden' } },
        { channel: signals, error: { code: 'forbidden' } },
      ])
      expect(channels.some((result) => 'publications' in result)).toBe(false)
      const asked = { conversation, offset: 3 }
      expect(
        await Promise.all([
          codeOf(back.call('history', { channel })),
          codeOf(back.call('history', { channel: signals })),
          codeOf(back.call('conversation.history', { conversation })),
          codeOf(back.call('conversation.members', { conversation })),
          codeOf(back.call('conversation.search', { conversation, query: 'findable' })),
          codeOf(back.call('conversation.receipts', { conversation })),
          codeOf(back.call('conversation.readers', asked)),
          codeOf(back.call('conversation.receipt', { conversation, read: 3 })),
          codeOf(back.call('conversation.send', { conversation, messageId: 'm', body: 'let me in' })),
        ]),
      ).toEqual(['forbidden', 'forbidden', ...Array.from({ length: 7 }, () => 'not_a_member')])
      expect((await back.call('conversation.search', { query: 'findable' })).messages).toEqual([])
      expect((await back.call('conversation.inbox', {})).messages).toEqual([])
      expect((await back.call('conversation.list', { scope: 'mine' })).conversations).toEqual([])
      const seen = await back.call('conversation.get', { conversation })
      expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['lastMessage', 'unread', 'read']))
    })
  })

  describe('roles', () => {
    it('are given by the owner alone, to members, and everybody hears of it', async () => {
      const { conversation, channel, ids, owner, admin, member } = await party()
      await member.call('conversation.list', { scope: 'mine' })
      await subscribe(member, channel)
      const give = (client: RawClient, user: string, role: Role) =>
        codeOf(client.call('conversation.role', { conversation, user, role }))
      expect(await give(admin, ids.member, 'admin')).toBe('forbidden')
      expect(await give(member, ids.member, 'owner')).toBe('forbidden')
      expect(await give(owner, ids.stranger, 'admin')).toBe('not_found')
      expect(await give(owner, ids.owner, 'member')).toBe('forbidden')
      const before = (await logOf(owner, conversation)).length
      expect(await give(owner, ids.owner, 'owner')).toBe('done')
      expect(await give(owner, ids.admin, 'admin')).toBe('done')
      expect(await logOf(owner, conversation)).toHaveLength(before)
      const given = await owner.call('conversation.role', { conversation, user: ids.member, role: 'admin' })
      expect(given.member).toMatchObject({ id: ids.member, role: 'admin', name: ids.member })
      await member.until(() => member.events(channel).length > 0, 'the news')
      expect(member.events(channel)).toMatchObject([
        { name: 'member:changed', sender: ids.owner, data: given.member },
      ])
      expect(await give(owner, ids.member, 'member')).toBe('done')
      expect((await member.call('conversation.get', { conversation })).role).toBe('member')
    })

    it('leave one owner, however many are made owner at once', async () => {
      const { conversation, ids, owner } = await party()
      const tab = await nodes().connect(ids.owner, 1)
      const outcomes = await Promise.all([
        codeOf(owner.call('conversation.role', { conversation, user: ids.admin, role: 'owner' })),
        codeOf(tab.call('conversation.role', { conversation, user: ids.member, role: 'owner' })),
      ])
      expect(outcomes.toSorted()).toEqual(['done', 'forbidden'])
      const heir = outcomes[0] === 'done' ? ids.admin : ids.member
      const roles = await rolesOf(owner, conversation)
      expect(Object.values(roles).filter((role) => role === 'owner')).toHaveLength(1)
      expect(roles).toMatchObject({ [heir]: 'owner', [ids.owner]: 'admin' })
      const changes = named(await logOf(owner, conversation), 'member:changed').slice(1)
      expect(changes).toMatchObject([
        { data: { id: heir, role: 'owner' } },
        { data: { id: ids.owner, role: 'admin' } },
      ])
    })

    it('pass to the heir when the last owner leaves, in the same order for everybody', async () => {
      const { conversation, channel, ids, owner, admin, member } = await party('open')
      for (const client of [admin, member]) await subscribe(client, channel)
      await owner.call('conversation.leave', { conversation })
      for (const client of [admin, member]) {
        await client.until(() => client.events(channel).length === 2, 'the news')
        expect(client.events(channel)).toMatchObject([
          { name: 'member:left', sender: ids.owner, data: { id: ids.owner } },
          { name: 'member:changed', sender: ids.owner, data: { id: ids.admin, role: 'owner' } },
        ])
      }
      expect(await rolesOf(admin, conversation)).toEqual({ [ids.admin]: 'owner', [ids.member]: 'member' })
      // All at once: whoever is the last, nobody is left, and who comes then owns it.
      await Promise.all([admin, member].map((client) => client.call('conversation.leave', { conversation })))
      expect((await owner.call('conversation.join', { conversation })).role).toBe('owner')
      expect(await rolesOf(owner, conversation)).toEqual({ [ids.owner]: 'owner' })
    })

    it('are kept apart from what the configuration made: nobody manages that', async () => {
      const [one, other] = [await nodes().connect(name('ada')), await nodes().connect(name('bob'), 1)]
      const conversation = 'lobby'
      expect((await one.call('conversation.join', { conversation })).role).toBe('member')
      await other.call('conversation.join', { conversation })
      const refused = await Promise.all([
        codeOf(one.call('conversation.update', { conversation, name: 'Mine' })),
        codeOf(one.call('conversation.archive', { conversation, archived: true })),
        codeOf(one.call('conversation.role', { conversation, user: 'anybody', role: 'admin' })),
        codeOf(one.call('conversation.remove', { conversation, user: 'anybody' })),
      ])
      expect(refused).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden'])
      for (const client of [one, other]) await client.call('conversation.leave', { conversation })
      expect((await one.call('conversation.join', { conversation })).role).toBe('member')
      await one.call('conversation.leave', { conversation })
    })
  })

  describe('a conversation', () => {
    it('is renamed and given permissions by the owner and admins', async () => {
      const { conversation, channel, ids, owner, admin, member, stranger } = await party()
      await subscribe(member, channel)
      const update = (client: RawClient, fields: object) =>
        codeOf(client.call('conversation.update', { conversation, ...fields }))
      expect(await update(member, { name: 'Mine' })).toBe('forbidden')
      expect(await update(stranger, { name: 'Mine' })).toBe('conversation_not_found')
      expect(await update(owner, { permissions: { post: 'nobody' } })).toBe('invalid_command')
      const changed = await admin.call('conversation.update', {
        conversation,
        name: '  Feast ',
        permissions: { post: 'admin' },
      })
      const permissions = { post: 'admin', invite: 'admin' }
      expect(changed).toMatchObject({ name: 'Feast', permissions, role: 'admin' })
      expect(await update(owner, { name: 'Feast', permissions: { invite: 'admin' } })).toBe('done')
      expect(await update(owner, {})).toBe('done')
      await member.until(() => member.events(channel).length > 0, 'the news')
      await member.call('ping', {})
      expect(member.events(channel)).toMatchObject([
        { name: 'conversation:changed', sender: ids.admin, data: { name: 'Feast', permissions } },
      ])
      expect(await member.call('conversation.get', { conversation })).toMatchObject({
        name: 'Feast',
        permissions,
      })
    })

    it('that is archived is read and left, but not joined, until its owner takes that back', async () => {
      const { conversation, channel, ids, owner, admin, member, stranger } = await party('open')
      await subscribe(admin, channel)
      await owner.call('conversation.send', { conversation, messageId: 'm', body: 'before' })
      expect(await codeOf(admin.call('conversation.archive', { conversation, archived: true }))).toBe(
        'forbidden',
      )
      const archived = await owner.call('conversation.archive', { conversation, archived: true })
      expect(archived.archivedAt).toBeGreaterThan(0)
      expect(await owner.call('conversation.archive', { conversation, archived: true })).toEqual(archived)
      expect(await codeOf(stranger.call('conversation.join', { conversation }))).toBe('conversation_archived')
      const users = [ids.stranger]
      expect(await codeOf(owner.call('conversation.invite', { conversation, users }))).toBe(
        'conversation_archived',
      )
      expect((await member.call('conversation.history', { conversation })).messages).toHaveLength(1)
      expect((await member.call('conversation.join', { conversation })).role).toBe('member')
      await member.call('conversation.leave', { conversation })
      const back = await owner.call('conversation.archive', { conversation, archived: false })
      expect(back).not.toHaveProperty('archivedAt')
      expect((await stranger.call('conversation.join', { conversation })).role).toBe('member')
      const changes = () => named(admin.events(channel), 'conversation:changed')
      await admin.until(() => changes().length === 2, 'both changes')
      expect(changes().map(({ data }) => data)).toEqual([
        expect.objectContaining({ archivedAt: archived.archivedAt }),
        expect.not.objectContaining({ archivedAt: expect.anything() }),
      ])
    })

    it('that is direct stays as it is', async () => {
      const [one, other] = [name('hal'), name('ida')]
      const client = await nodes().connect(one)
      const { id: conversation } = await client.call('conversation.direct', { user: other })
      const refused = await Promise.all([
        codeOf(client.call('conversation.invite', { conversation, users: ['third'] })),
        codeOf(client.call('conversation.remove', { conversation, user: other })),
        codeOf(client.call('conversation.role', { conversation, user: other, role: 'admin' })),
        codeOf(client.call('conversation.update', { conversation, name: 'Us' })),
        codeOf(client.call('conversation.archive', { conversation, archived: true })),
        codeOf(client.call('conversation.leave', { conversation })),
      ])
      expect(refused).toEqual(Array.from({ length: 6 }, () => 'forbidden'))
      const eve = await nodes().connect(name('eve'), 1)
      const foreign = { conversation, user: one }
      expect(await codeOf(eve.call('conversation.remove', foreign))).toBe('conversation_not_found')
    })

    it('is changed once when two tabs do the same', async () => {
      const { conversation, ids, owner } = await party()
      const tab = await nodes().connect(ids.owner, 1)
      const users = [name('dan'), name('fay')]
      await Promise.all(
        [owner, tab].flatMap((client) => [
          client.call('conversation.remove', { conversation, user: ids.member }),
          client.call('conversation.invite', { conversation, users }),
          client.call('conversation.update', { conversation, name: 'Both' }),
        ]),
      )
      const log = await logOf(owner, conversation)
      expect(named(log, 'member:left')).toHaveLength(1)
      expect(named(log, 'member:joined')).toHaveLength(2)
      expect(named(log, 'conversation:changed')).toHaveLength(1)
      expect(log.map(({ offset }) => offset)).toEqual(log.map((_event, index) => index + 1))
      expect((await owner.call('conversation.get', { conversation })).memberCount).toBe(4)
    })

    it('tells its subscribers what its log says', async () => {
      const { conversation, channel, ids, owner, admin } = await party('open')
      await subscribe(admin, channel)
      await owner.call('conversation.invite', { conversation, users: [name('dan'), name('fay')] })
      await owner.call('conversation.role', { conversation, user: ids.member, role: 'admin' })
      await owner.call('conversation.update', { conversation, name: 'Feast' })
      await owner.call('conversation.archive', { conversation, archived: true })
      await owner.call('conversation.remove', { conversation, user: ids.member })
      await owner.call('conversation.leave', { conversation })
      await admin.until(() => admin.events(channel).length === 8, 'all of it')
      const log = (await logOf(admin, conversation)).slice(1)
      expect(admin.events(channel)).toEqual(log.map((publication) => ({ type: 'event', ...publication })))
    })
  })

  describe('the channel of signals', () => {
    it('is for members to listen to, and for nobody to publish on', async () => {
      const { conversation, member, stranger } = await party()
      const channel = signalsOf(conversation)
      const { channels } = await stranger.call('subscribe', { channels: [{ channel }] })
      expect(channels).toMatchObject([{ error: { code: 'conversation_not_found' } }])
      expect(await codeOf(stranger.call('history', { channel }))).toBe('conversation_not_found')
      await subscribe(member, channel)
      expect((await member.call('history', { channel })).publications).toEqual([])
      const event = { channel, event: 'receipts:moved', eventId: 'e', data: { receipts: [] } }
      expect(await codeOf(member.call('publish', event))).toBe('forbidden')
      const published = nodes().nodes[0]?.publish(channel, 'receipts:moved', { receipts: [] })
      await expect(published).rejects.toMatchObject({ code: 'forbidden' })
    })

    it('ends for who is removed while subscribing to it', async () => {
      for (let round = 0; round < 5; round += 1) {
        const { conversation, ids, owner, member } = await party()
        const channel = signalsOf(conversation)
        const subscribing = member.call('subscribe', { channels: [{ channel }] })
        await owner.call('conversation.remove', { conversation, user: ids.member })
        const [result] = (await subscribing).channels
        if (result === undefined || !('error' in result)) await ended(member, channel)
        await owner.call('conversation.receipt', { conversation, delivered: 2 })
        await member.call('ping', {})
        expect(member.events(channel)).toEqual([])
      }
    })
  })
})
