// Laravel Echo, unmodified, over the published pusher-js.
import { randomUUID } from 'node:crypto'
import Echo from 'laravel-echo'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { type PusherPage, PusherPages, pusherVersions } from '../../support/pusherClients.ts'
import { pusherLibrary } from '../../support/pusherLibrary.ts'

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

overEveryCluster({ presence: { linger: 100, batchWindow: 10 } }, (nodes) => {
  const openPage = (node: number, id: string): Promise<PusherPage> =>
    pages.open(nodes().urlOf(node), { backend, user: { id, info: { name: id } } })
  const echoOver = (page: PusherPage) =>
    new Echo({ broadcaster: 'pusher', key: 'dev-key', cluster: 'local', client: page.pusher })

  describe.each(pusherVersions)('with pusher-js %s', (version) => {
    const trigger = (channel: string, event: string, data: unknown) =>
      pusherLibrary(nodes().urlOf(1)).trigger(channel, event, data)
    const open = (node: number, id: string = randomUUID()) =>
      pages.open(nodes().urlOf(node), { version, backend, user: { id, info: { name: id } } })

    /** Triggers an event that everything before it precedes, and waits for it. */
    async function settle(page: PusherPage, channel: string): Promise<void> {
      const event = `settled-${randomUUID()}`
      await trigger(channel, event, {})
      await page.untilHeard(event, channel)
    }

    it('hears events by the names of their classes, notifications, and everything where it asks for that', async () => {
      const name = `orders.${randomUUID()}`
      const page = await open(0)
      const heard: unknown[] = []
      const channel = echoOver(page).private(name)
      channel.listen('OrderShipped', (event: unknown) => heard.push(['class', event]))
      channel.listen('.order.paid', (event: unknown) => heard.push(['name', event]))
      channel.notification((event: unknown) => heard.push(['notification', event]))
      channel.listenToAll((event: string) => heard.push(['all', event]))
      await new Promise<void>((resolve) => channel.subscribed(() => resolve()))
      const told = `private-${name}`
      await trigger(told, 'App\\Events\\OrderShipped', { order: 1 })
      await trigger(told, 'order.paid', { order: 2 })
      await trigger(told, 'Illuminate\\Notifications\\Events\\BroadcastNotificationCreated', { id: 3 })
      await page.until(() => heard.length === 6, 'all events')
      expect(heard.filter((entry) => JSON.stringify(entry).startsWith('["all"'))).toHaveLength(3)
      expect(heard).toEqual(
        expect.arrayContaining([
          ['class', { order: 1 }],
          ['name', { order: 2 }],
          ['notification', { id: 3 }],
          ['all', 'OrderShipped'],
        ]),
      )
      channel.stopListening('OrderShipped')
      channel.stopListeningToAll()
      await trigger(told, 'App\\Events\\OrderShipped', { order: 4 })
      await settle(page, told)
      expect(heard).toHaveLength(6)
    })

    it('reads encrypted channels', async () => {
      const name = randomUUID()
      const page = await open(0)
      const heard: unknown[] = []
      const channel = echoOver(page).encryptedPrivate(name)
      channel.listen('.secret', (event: unknown) => heard.push(event))
      await new Promise<void>((resolve) => channel.subscribed(() => resolve()))
      await trigger(`private-encrypted-${name}`, 'secret', { hidden: 1 })
      await page.until(() => heard.length === 1, 'the secret')
      expect(heard).toEqual([{ hidden: 1 }])
      expect(page.data('secret')).toEqual([{ nonce: expect.any(String), ciphertext: expect.any(String) }])
    })

    it('whispers to the other members, and hears no more of a room that it left', async () => {
      const room = randomUUID()
      const [adaPage, bobPage] = [await open(0), await open(1)]
      const [ada, bob] = [echoOver(adaPage), echoOver(bobPage)]
      const heard: unknown[] = []
      const entered = ada.join(room)
      entered.listenForWhisper('typing', (event: unknown) => heard.push(event))
      await new Promise<void>((resolve) => entered.subscribed(() => resolve()))
      const other = bob.join(room)
      await new Promise<void>((resolve) => other.subscribed(() => resolve()))
      other.whisper('typing', { on: true })
      await adaPage.until(() => heard.length === 1, 'the whisper')
      ada.leave(room)
      await bobPage.untilHeard('pusher_internal:member_removed', `presence-${room}`)
      other.whisper('typing', { on: false })
      const news = randomUUID()
      await new Promise<void>((resolve) => ada.channel(news).subscribed(() => resolve()))
      await settle(adaPage, news)
      expect(heard).toEqual([{ on: true }])
      ada.leaveAllChannels()
      await expect
        .poll(async () => (await pusherLibrary(nodes().urlOf(0)).get({ path: `/channels/${news}` })).json(), {
          timeout: 10_000,
        })
        .toEqual({ occupied: false })
    })

    it('spares the page whose request caused an event', async () => {
      const name = `orders.${randomUUID()}`
      const [adaPage, bobPage] = [await open(0), await open(1)]
      const [ada, bob] = [echoOver(adaPage), echoOver(bobPage)]
      for (const echo of [ada, bob]) {
        await new Promise<void>((resolve) => echo.channel(name).subscribed(() => resolve()))
      }
      const options = { socket_id: ada.socketId() ?? '' }
      await pusherLibrary(nodes().urlOf(1)).trigger(name, 'changed', { order: 1 }, options)
      await bobPage.untilHeard('changed', name)
      await settle(adaPage, name)
      expect(adaPage.heard('changed')).toEqual([])
    })

    it('tells why it may not listen', async () => {
      const page = await open(0)
      backend.override = () => ({ status: 403, body: '{}' })
      const told = await new Promise((resolve) => echoOver(page).private(randomUUID()).error(resolve))
      backend.override = undefined
      expect(told).toMatchObject({ type: 'AuthError', status: 403 })
    })
  })

  it('listens, whispers and joins', async () => {
    const [adaPage, bobPage] = [await openPage(0, 'ada'), await openPage(1, 'bob')]
    const [ada, bob] = [echoOver(adaPage), echoOver(bobPage)]
    const heard: unknown[] = []
    const until = (times: number, what: string) => adaPage.until(() => heard.length === times, what)
    const [name, room] = [`orders.${randomUUID()}`, randomUUID()]
    const subscribed = (page: PusherPage, channel: string) =>
      page.untilHeard('pusher_internal:subscription_succeeded', channel)

    ada.channel(name).listen('.shipped', (event: unknown) => heard.push(event))
    await subscribed(adaPage, name)
    await pusherLibrary(nodes().urlOf(1)).trigger(name, 'shipped', { order: 1 })
    await until(1, 'the event')

    ada.private(name).listenForWhisper('typing', (event: unknown) => heard.push(event))
    const whisperer = bob.private(name)
    for (const page of [adaPage, bobPage]) await subscribed(page, `private-${name}`)
    whisperer.whisper('typing', { who: 'bob' })
    await until(2, 'the whisper')

    ada
      .join(room)
      .here((members: unknown) => heard.push({ here: members }))
      .joining((member: unknown) => heard.push({ joining: member }))
      .leaving((member: unknown) => heard.push({ leaving: member }))
    await until(3, 'those who are here')
    bob.join(room)
    await until(4, 'one who joins')
    bob.leave(room)
    await until(5, 'one who leaves')
    expect(heard).toEqual([
      { order: 1 },
      { who: 'bob' },
      { here: [{ name: 'ada' }] },
      { joining: { name: 'bob' } },
      { leaving: { name: 'bob' } },
    ])
  })
})
