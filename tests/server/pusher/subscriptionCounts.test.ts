// How many subscribe to a channel, told to those who do where the app wants it.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { PusherBackend } from '../../support/pusherBackend.ts'
import { type PusherPage, PusherPages, pusherVersions } from '../../support/pusherClients.ts'

const COUNT = 'pusher_internal:subscription_count'
const pages = new PusherPages()
let backend: PusherBackend

beforeAll(async () => {
  backend = await PusherBackend.start()
})
afterAll(() => backend.stop())
afterEach(() => pages.close())

const lastCount = (page: PusherPage, name: string) => page.heard(COUNT, name).at(-1)?.data.subscription_count

overEveryCluster(
  { pusher: { subscriptionCounts: true }, presence: { batchWindow: 10, linger: 100 } },
  (nodes) => {
    describe.each(pusherVersions)('pusher-js %s', (version) => {
      const open = (node: number) =>
        pages.open(nodes().urlOf(node), { version, backend, user: { id: `user-${node}` } })

      it.each(['', 'private-', 'cache-'])('is told on channels with the prefix "%s"', async (prefix) => {
        const name = `${prefix}${randomUUID()}`
        const [one, two, three] = [await open(0), await open(1), await open(0)]
        const told: number[] = []
        const channel = await one.subscribe(name)
        channel.bind('pusher:subscription_count', (data: { subscription_count: number }) =>
          told.push(data.subscription_count),
        )
        await one.until(() => lastCount(one, name) === 1, 'one')
        await two.subscribe(name)
        await three.subscribe(name)
        for (const page of [one, two, three]) await page.until(() => lastCount(page, name) === 3, 'three')
        // Those of the native protocol are subscribers too.
        const native = prefix === 'private-' ? undefined : await nodes().join(name, 'nat', 1)
        if (native !== undefined) await one.until(() => lastCount(one, name) === 4, 'four')
        native?.terminate()
        two.pusher.unsubscribe(name)
        three.close()
        await one.until(() => lastCount(one, name) === 1, 'one again')
        expect(told.at(-1)).toBe(1)
        expect(channel.subscriptionCount).toBe(1)
      })

      it('is not told on presence channels, which have members', async () => {
        const name = `presence-${randomUUID()}`
        const page = await open(0)
        await page.enter(name)
        await open(1).then((other) => other.enter(name))
        await page.untilHeard('pusher_internal:member_added', name)
        expect(page.heard(COUNT, name)).toEqual([])
      })
    })
  },
)
