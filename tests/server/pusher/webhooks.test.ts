// What becomes of channels is told to the application's backend by Pusher's webhooks: pages on pusher-js, and a real
// receiver that checks with Pusher's library.
import type { ConfigInput } from '@nowcast/server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ClusterNodes } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { type PusherPage, PusherPages } from '../../support/pusherClients.ts'
import { PusherReceiver, status } from '../../support/pusherReceiver.ts'
import { ServerProcess } from '../../support/serverProcess.ts'
import { eventually, TestDatabase } from '../../support/testDatabase.ts'
import { TestRedis } from '../../support/testRedis.ts'
import { UNLIMITED_TEXT } from '../../support/unlimited.ts'

const KEY = 'app-key'
const SECRET = 'the secret of the app'
const LINGER_MS = 500
const numbered = (count: number, what: string) =>
  Array.from({ length: count }, (_, index) => `${what}-${index}`)
const health = async (url: string | undefined) => (await fetch(`${url}/health`)).json()

let database: TestDatabase
let redis: TestRedis
let receiver: PusherReceiver
let backend: PusherBackend
const pages = new PusherPages()

beforeAll(async () => {
  ;[database, redis, backend] = await Promise.all([
    TestDatabase.start(),
    TestRedis.start(),
    PusherBackend.start({ key: KEY, secret: SECRET }),
  ])
})
afterAll(async () => {
  await Promise.all([database?.stop(), redis?.dispose(), backend?.stop()])
})
beforeEach(async () => {
  receiver = await PusherReceiver.start(KEY, SECRET)
})
afterEach(async () => {
  pages.close()
  await receiver.stop()
})

const open = (url: string, user = 'ada'): Promise<PusherPage> =>
  pages.open(url, { key: KEY, backend, user: { id: user } })
const hears = (count: number) => eventually(() => receiver.events.length >= count, `${count} events`, 20_000)
async function hearsOf(channel: string, ...names: readonly string[]): Promise<void> {
  const heard = () => receiver.of(channel).map(({ name }) => name)
  const what = `${names.join()} of ${channel}`
  await eventually(() => heard().join() === names.join(), what, 15_000).catch(({ message }: Error) => {
    throw new Error(`${message} Heard: ${heard().join()}`)
  })
}

describe.each(['memory', 'redis'])('over the %s engine', (engine) => {
  let nodes: ClusterNodes
  let prefixes = 0
  afterEach(() => nodes.stop())

  let startedAt = 0
  /** Which node tells of what changes as long as the nodes have not known one another for a while. */
  const settled = () => eventually(() => Date.now() > startedAt + 5_000, 'the nodes to know one another')

  async function start(pusher: ConfigInput['pusher'] = {}): Promise<void> {
    prefixes += 1
    const config: ConfigInput = {
      app: { key: KEY, secret: SECRET },
      pusher: { clientEventRate: false, linger: LINGER_MS, webhooks: [{ url: receiver.url }], ...pusher },
    }
    const shared = { ...config, redis: { url: redis.url, prefix: `pusher-webhooks-${prefixes}` } }
    nodes = await (engine === 'memory'
      ? ClusterNodes.start(database, config)
      : ClusterNodes.start(database, shared, shared))
    startedAt = Date.now()
  }

  it('client events are told in the order in which they were sent, with who sent them', async () => {
    await start({ webhooks: [{ url: receiver.url, events: ['client_event'] }] })
    const [ada, bob] = [await open(nodes.urlOf(0)), await open(nodes.urlOf(1), 'bob')]
    const channel = await ada.subscribe('private-room')
    for (let index = 0; index < 60; index += 1) channel.trigger('client-moved', { index })
    const meeting = await bob.subscribe('presence-meeting')
    meeting.trigger('client-waved', { at: 'all' })
    await hears(61)
    const moved = receiver.of('private-room')
    expect(moved.map(({ data }) => JSON.parse(String(data)).index)).toEqual(
      Array.from({ length: 60 }, (_, index) => index),
    )
    expect(moved[0]).toEqual({
      name: 'client_event',
      channel: 'private-room',
      event: 'client-moved',
      data: '{"index":0}',
      socket_id: ada.socketId,
    })
    expect(receiver.of('presence-meeting')).toEqual([
      {
        name: 'client_event',
        channel: 'presence-meeting',
        event: 'client-waved',
        data: '{"at":"all"}',
        socket_id: bob.socketId,
        user_id: 'bob',
      },
    ])
    expect(receiver.forged).toEqual([])
    expect(receiver.heard.length).toBeLessThan(30)
  })

  it('an empty cache channel is told of once, whichever node its subscribers are on', async () => {
    await start({ webhooks: [{ url: receiver.url, events: ['cache_miss'] }] })
    for (const node of [0, 1, 0, 1]) await (await open(nodes.urlOf(node))).subscribe('cache-prices')
    await (await open(nodes.urlOf(0))).subscribe('cache-other')
    await hears(2)
    expect(receiver.events.map(({ name, channel }) => `${name} ${channel}`).sort()).toEqual([
      'cache_miss cache-other',
      'cache_miss cache-prices',
    ])
  })

  it('the first who comes and the last who goes are told of, but not those who come back in time', async () => {
    await start()
    const [ada, bob] = [await open(nodes.urlOf(0)), await open(nodes.urlOf(1), 'bob')]
    await ada.subscribe('presence-room')
    await hearsOf('presence-room', 'channel_occupied', 'member_added')
    await bob.subscribe('presence-room')
    await hearsOf('presence-room', 'channel_occupied', 'member_added', 'member_added')
    ada.close()
    const again = await open(nodes.urlOf(1))
    await again.subscribe('presence-room')
    // What comes later tells that nothing came meanwhile.
    bob.pusher.unsubscribe('presence-room')
    await hearsOf('presence-room', 'channel_occupied', 'member_added', 'member_added', 'member_removed')
    expect(receiver.of('presence-room').at(-1)).toMatchObject({ user_id: 'bob' })
    again.close()
    await eventually(() => receiver.of('presence-room').length === 6, 'the end', 15_000)
    const [last, other] = receiver.of('presence-room').slice(4)
    expect([last?.name, other?.name].sort()).toEqual(['channel_vacated', 'member_removed'])
    expect([last, other]).toContainEqual({ name: 'member_removed', channel: 'presence-room', user_id: 'ada' })
  })

  it('the number of subscribers is told where it is wanted', async () => {
    await start({
      subscriptionCounts: true,
      webhooks: [{ url: receiver.url, events: ['subscription_count'] }],
    })
    const clients = await Promise.all([0, 1, 0].map((node) => open(nodes.urlOf(node))))
    for (const client of clients) await client.subscribe('room')
    const counted = () => receiver.of('room').map(({ subscription_count: count }) => count)
    await eventually(() => counted().at(-1) === 3, 'three', 15_000)
    await settled()
    for (const client of clients) client.pusher.unsubscribe('room')
    await eventually(() => counted().at(-1) === 0, 'none', 30_000)
  })

  it('the channels on which single users are spoken to are not told of', async () => {
    await start({ subscriptionCounts: true })
    const ada = await open(nodes.urlOf(0))
    await ada.signIn()
    await ada.subscribe('room')
    await eventually(() => receiver.of('room').length >= 2, 'two events', 30_000)
    expect(new Set(receiver.events.map(({ channel }) => channel))).toEqual(new Set(['room']))
  })

  it('native clients count as well, and /metrics and /health say how many events were told', async () => {
    await start()
    await nodes.join('room')
    await hearsOf('room', 'channel_occupied')
    nodes.disconnect()
    await hearsOf('room', 'channel_occupied', 'channel_vacated')
    const sent = async () => {
      const all = await Promise.all(nodes.urls.map(health))
      return all.reduce((sum, { counts }) => sum + counts.channelWebhookEventsSent, 0)
    }
    await eventually(async () => (await sent()) === 2, 'the counts')
    const metrics = await Promise.all(nodes.urls.map(async (url) => (await fetch(`${url}/metrics`)).text()))
    expect(metrics.join('\n')).toMatch(/nowcast_channel_webhook_events_sent_total [12]/)
  })
})

describe('a node that is killed while events wait', () => {
  let servers: readonly ServerProcess[] = []
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.end('SIGKILL')))
    await Promise.all(servers.map((server) => server.dispose()))
  })

  it('loses none of them, and the others tell them in order', async () => {
    const pusher = {
      clientEventRate: false,
      webhooks: [{ url: receiver.url, events: ['client_event'] }],
    }
    const config = `export default {
      app: { key: '${KEY}', secret: '${SECRET}' },
      database: { url: '${database.embedded.url}' },
      redis: { url: '${redis.url}', prefix: 'killed' },
      pusher: ${JSON.stringify(pusher)},
      ${UNLIMITED_TEXT},
    }`
    servers = await Promise.all([ServerProcess.start({ config }), ServerProcess.start({ config })])
    const [killed, survivor] = servers
    if (killed === undefined || survivor === undefined) throw new Error('unreachable')
    receiver.usual = status(500)
    const page = await open(survivor.url)
    const rooms = numbered(40, 'private-room')
    const channels = await Promise.all(rooms.map((room) => page.subscribe(room)))
    const waiting = async () => (await health(killed.url)).counts.channelWebhookEventsWaiting
    for (let round = 0; round < 5; round += 1) {
      for (const channel of channels) channel.trigger('client-moved', { round })
    }
    await eventually(async () => (await waiting()) > 0, 'events to wait in the node', 20_000)
    await killed.end('SIGKILL')
    receiver.usual = status(200)
    await eventually(() => receiver.taken.length >= 200, 'all events', 40_000)
    for (const room of rooms) {
      const taken = receiver.taken.filter(({ channel }) => channel === room)
      expect(taken.map(({ data }) => data)).toEqual(
        Array.from({ length: 5 }, (_, round) => JSON.stringify({ round })),
      )
    }
  })
})
