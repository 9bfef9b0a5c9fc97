// Conversations over Pusher's protocol: those of a conversation hear what is said there, as long as they are of it.
import { randomUUID } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { overEveryCluster } from '../../support/everyCluster.ts'
import { pusherAuth, RawPusherClient } from '../../support/rawPusherClient.ts'

const SUCCEEDED = 'pusher_internal:subscription_succeeded'
const REFUSED = 'pusher:subscription_error'

overEveryCluster({}, (nodes) => {
  const pages: RawPusherClient[] = []
  afterEach(() => {
    for (const page of pages.splice(0)) page.terminate()
  })

  async function open(user?: string): Promise<RawPusherClient> {
    const page = await RawPusherClient.connect(nodes().urlOf(1))
    pages.push(page)
    if (user === undefined) return page
    const userData = JSON.stringify({ id: user })
    page.say('pusher:signin', {
      auth: pusherAuth(`${page.socketId}::user::${userData}`),
      user_data: userData,
    })
    await page.untilHeard('pusher:signin_success')
    return page
  }

  it('a conversation is heard by its signed-in members, until they are no more', async () => {
    const owner = await nodes().connect('owner')
    const conversation = randomUUID()
    const fields = { conversation, name: 'Plans', kind: 'closed', members: ['ada'] } as const
    await owner.call('conversation.create', fields)
    const channel = `conversation-${conversation}`
    const send = (body: string) =>
      owner.call('conversation.send', { conversation, messageId: randomUUID(), body })
    const [ada, eve, nobody] = [await open('ada'), await open('eve'), await open()]
    expect((await ada.subscribe(channel)).event).toBe(SUCCEEDED)
    for (const stranger of [eve, nobody]) expect((await stranger.subscribe(channel)).event).toBe(REFUSED)
    await send('hello')
    await ada.until(() => ada.frames.some(({ data = '' }) => data.includes('hello')), 'the message')
    await owner.call('conversation.remove', { conversation, user: 'ada' })
    await ada.untilHeard(REFUSED, channel)
    await send('between us')
    await ada.settled()
    expect(ada.frames.some(({ data = '' }) => data.includes('between us'))).toBe(false)
    expect((await ada.subscribe(channel)).event).toBe(REFUSED)
  })
})
