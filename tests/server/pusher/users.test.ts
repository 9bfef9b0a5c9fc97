// Users: signing in, events for one user, and who of a watchlist is online.
import { randomUUID } from 'node:crypto'
import { userChannel } from '@nowcast/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { type PusherPage, PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { pusherAuth, RawPusherClient } from '../../support/rawPusherClient.ts'

const pages = new PusherPages()
let backend: PusherBackend

beforeAll(async () => {
  backend = await PusherBackend.start()
})
afterAll(() => backend.stop())
afterEach(() => {
  backend.override = undefined
  pages.close()
})

const newUser = (name = 'user') => `${name}-${randomUUID()}`

/** What a page's `watchlist` has told of a user, in order. */
function statuses(page: PusherPage, user: string): string[] {
  return page
    .heard('pusher_internal:watchlist_events')
    .flatMap(({ data }) => data.events)
    .filter(({ user_ids }) => user_ids.includes(user))
    .map(({ name }) => name)
}

overEveryCluster({ presence: { linger: 100, batchWindow: 10 } }, (nodes) => {
  const nodeAt = (index: number) => nodes().urlOf(index)

  async function signInRaw(client: RawPusherClient, user: object | string): Promise<void> {
    const userData = typeof user === 'string' ? user : JSON.stringify(user)
    const auth = pusherAuth(`${client.socketId}::user::${userData}`)
    client.say('pusher:signin', { auth, user_data: userData })
  }

  describe.each(pusherVersions)('pusher-js %s', (version) => {
    const open = (id: string, node = 0, more: object = {}) =>
      pages.open(nodeAt(node), { version, backend, user: { id, ...more } })

    it.each(['plain', 'with@sign', 'Zoë & co', '=odd'])('hear what is said to them: %s', async (name) => {
      const user = newUser(name)
      const [one, two, other] = [await open(user, 0), await open(user, 1), await open(newUser(), 0)]
      for (const page of [one, two, other]) await page.signIn()
      const heard: unknown[] = []
      one.pusher.user.bind('notice', (data: unknown) => heard.push(data))
      await nodes().nodes[0]?.publish(userChannel(user), 'notice', { text: 'hello' })
      for (const page of [one, two]) {
        const [message] = await page.untilHeard('notice')
        expect(message).toEqual({
          event: 'notice',
          channel: `#server-to-user-${user}`,
          data: { text: 'hello' },
        })
      }
      expect(heard).toEqual([{ text: 'hello' }])
      await other.subscribe(`after-${randomUUID()}`)
      expect(other.heard('notice')).toEqual([])
    })

    it('are told who of their watchlist is online, and every change once', async () => {
      const [friend, away, stranger] = [newUser('friend'), newUser('away'), newUser('stranger')]
      const friendPage = await open(friend, 1)
      await friendPage.signIn()
      const page = await open(newUser('me'), 0, { watchlist: [friend, away] })
      const online: string[] = []
      page.pusher.user.watchlist.bind('online', ({ user_ids }: { user_ids: string[] }) =>
        online.push(...user_ids),
      )
      await page.signIn()
      await page.until(() => statuses(page, away).length > 0, 'how the others are')
      expect([statuses(page, friend), statuses(page, away)]).toEqual([['online'], ['offline']])
      expect(online).toEqual([friend])
      await open(stranger, 1).then((other) => other.signIn())
      const awayPages = [await open(away, 1), await open(away, 0)]
      for (const awayPage of awayPages) await awayPage.signIn()
      await page.until(() => statuses(page, away).length === 2, 'the one who came')
      awayPages[0]?.close()
      friendPage.close()
      await page.until(() => statuses(page, friend).length === 2, 'the one who went')
      awayPages[1]?.close()
      await page.until(() => statuses(page, away).length === 3, 'the other one')
      expect(statuses(page, friend)).toEqual(['online', 'offline'])
      expect(statuses(page, away)).toEqual(['offline', 'online', 'offline'])
      expect(statuses(page, stranger)).toEqual([])
    })

    it('are not told that a native user is away or says something', async () => {
      const friend = newUser('friend')
      const page = await open(newUser('me'), 0, { watchlist: [friend] })
      await page.signIn()
      await page.until(() => statuses(page, friend).length === 1, 'how the friend is')
      const watcher = await nodes().connect('watcher', 0)
      await watcher.call('people.watch', { users: [friend] })
      const native = await nodes().connect(friend, 1)
      await page.until(() => statuses(page, friend).length === 2, 'the friend')
      await native.call('people.status', { away: true })
      const lastOf = () =>
        watcher.pushes.flatMap((push) => (push.type === 'people' ? push.people : [])).at(-1)
      await watcher.until(() => lastOf()?.status === 'away', 'the friend to be away')
      await native.call('people.status', { text: 'at lunch' })
      await watcher.until(() => lastOf()?.text === 'at lunch', 'what the friend says')
      native.terminate()
      await page.until(() => statuses(page, friend).length === 3, 'the end')
      expect(statuses(page, friend)).toEqual(['offline', 'online', 'offline'])
    })
  })

  it('sign in once', async () => {
    const client = await RawPusherClient.connect(nodeAt(0))
    await signInRaw(client, { id: 'ada' })
    await signInRaw(client, { id: 'bob' })
    await client.untilHeard('pusher:error')
    expect(client.data('pusher:signin_success')).toEqual([{ user_data: '{"id":"ada"}' }])
    await client.settled()
    client.terminate()
  })

  it('may have numbers for ids, which become text', async () => {
    const client = await RawPusherClient.connect(nodeAt(0))
    await signInRaw(client, { id: 12, user_info: { name: 'Twelve' } })
    await client.untilHeard('pusher:signin_success')
    const [{ user_data: userData }] = client.data('pusher:signin_success')
    expect(JSON.parse(userData)).toEqual({ id: '12', user_info: { name: 'Twelve' } })
    client.terminate()
  })

  it('may not have numbers of which other numbers can not be told', async () => {
    const client = await RawPusherClient.connect(nodeAt(0))
    const userData = '{"id":9007199254740993}'
    const auth = pusherAuth(`${client.socketId}::user::${userData}`)
    client.say('pusher:signin', { user_data: userData, auth })
    expect(await client.closeCode()).toBe(4009)
    expect(client.heard('pusher:signin_success')).toEqual([])
  })

  it('hear nothing that is for another', async () => {
    const client = await RawPusherClient.connect(nodeAt(0))
    for (const channel of ['#server-to-user-ada', '#server-to-user-', 'user-ada']) {
      expect((await client.subscribe(channel)).event).toBe('pusher:subscription_error')
    }
    await signInRaw(client, { id: 'bob' })
    await client.untilHeard('pusher:signin_success')
    for (const channel of ['#server-to-user-ada', 'user-ada', 'user-bob']) {
      expect((await client.subscribe(channel)).event).toBe('pusher:subscription_error')
    }
    expect((await client.subscribe('#server-to-user-bob')).event).toBe(
      'pusher_internal:subscription_succeeded',
    )
    client.terminate()
  })

  it.each([
    ['no JSON', 'ada'],
    ['nobody', '{"user_info":{}}'],
    ['an empty id', '{"id":""}'],
    ['an id that is too long', JSON.stringify({ id: 'x'.repeat(129) })],
    ['a watchlist that is none', '{"id":"ada","watchlist":"bob"}'],
    ['a watchlist that is too long', JSON.stringify({ id: 'ada', watchlist: Array(101).fill('bob') })],
    ['a watchlist of something else', '{"id":"ada","watchlist":[{}]}'],
    ['too much', JSON.stringify({ id: 'ada', user_info: 'x'.repeat(1_100) })],
  ])('are refused: %s', async (_, userData) => {
    const client = await RawPusherClient.connect(nodeAt(0))
    await signInRaw(client, userData)
    expect(await client.closeCode()).toBe(4009)
    expect(client.heard('pusher:signin_success')).toEqual([])
  })

  it('are refused with a signature for something else', async () => {
    const other = await RawPusherClient.connect(nodeAt(1))
    const userData = '{"id":"ada"}'
    for (const auth of [
      pusherAuth(`${other.socketId}::user::${userData}`),
      pusherAuth(`${other.socketId}::user::${userData}`, 'another secret'),
      'dev-key',
      '',
    ]) {
      const client = await RawPusherClient.connect(nodeAt(0))
      client.say('pusher:signin', { auth, user_data: userData })
      expect(await client.closeCode()).toBe(4009)
      expect(client.data('pusher:error')).toMatchObject([{ code: 4009 }])
    }
    other.terminate()
  })
})
