// Laravel Echo, unmodified, over the published pusher-js.
import { randomUUID } from 'node:crypto'
import Echo from 'laravel-echo'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { type PusherPage, PusherPages } from '../../support/pusherClients.ts'
import { pusherLibrary } from '../../support/pusherLibrary.ts'

const pages = new PusherPages()
let backend: PusherBackend

beforeAll(async () => {
  backend = await PusherBackend.start()
})
afterAll(() => backend.stop())
afterEach(() => pages.close())

overEveryCluster({ presence: { linger: 100, batchWindow: 10 } }, (nodes) => {
  const openPage = (node: number, id: string): Promise<PusherPage> =>
    pages.open(nodes().urlOf(node), { backend, user: { id, info: { name: id } } })
  const echoOver = (page: PusherPage) =>
    new Echo({ broadcaster: 'pusher', key: 'dev-key', cluster: 'local', client: page.pusher })

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
