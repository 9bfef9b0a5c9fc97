// The client's conversations on real nodes: receipts, unread counts, members, the inbox.
import { randomUUID } from 'node:crypto'
import type { Message, NowcastClient } from '@nowcast/client'
import { expect, it } from 'vitest'
import { chatClients } from '../support/chatClients.ts'
import { overEveryCluster } from '../support/everyCluster.ts'
import { eventually } from '../support/testDatabase.ts'

/** Waits for what a page shows. */
const soon = (condition: () => boolean) => eventually(condition, String(condition))

overEveryCluster({ conversations: { receiptWindow: '20ms' } }, (nodes) => {
  const clientOf = chatClients(nodes)

  const looking = async (client: NowcastClient, id: string) => {
    const live = client.conversation(id)
    live.subscribe(() => {})
    await soon(() => live.getSnapshot().status === 'ready')
    return live
  }

  const listing = async (client: NowcastClient, id: string) => {
    client.conversations.subscribe(() => {})
    const find = () => client.conversations.getSnapshot().conversations.find((listed) => listed.id === id)
    await soon(() => find() !== undefined)
    return find
  }

  it('shows how far messages have come, and what is unread', async () => {
    const id = randomUUID()
    const [ada, bob, other] = [clientOf('ada', 0), clientOf('bob', 1), clientOf('bob', 0)]
    await ada.conversations.create({ id, name: 'Talk', members: ['bob'] })
    const live = await looking(ada, id)
    for (const body of ['one', 'two', 'three']) live.send(body)
    const statuses = () => live.getSnapshot().messages.map(({ status }) => status)
    await soon(() => statuses().join() === 'sent,sent,sent')
    const [found, foundElsewhere] = [await listing(bob, id), await listing(other, id)]
    expect(found()).toMatchObject({ unread: 3, unreadMentions: 0 })
    const page = await looking(bob, id)
    expect(page.getSnapshot().firstUnread).toBe(page.getSnapshot().messages[0]?.offset)
    await soon(() => statuses().join() === 'delivered,delivered,delivered')
    page.markRead(page.getSnapshot().messages[1]?.offset)
    await soon(() => statuses().join() === 'read,read,delivered')
    expect(live.getSnapshot().messages[0]?.readAt).toBeTypeOf('number')
    await soon(() => found()?.unread === 1 && foundElsewhere()?.unread === 1)
    live.send('four')
    await soon(() => found()?.unread === 2 && foundElsewhere()?.unread === 2)
    page.markRead()
    expect(found()?.unread).toBe(0)
    await soon(() => foundElsewhere()?.unread === 0)
    await soon(() => statuses().join() === 'read,read,read,read')
    expect(await live.readers(live.getSnapshot().messages[0]?.offset ?? 0)).toMatchObject([
      { user: 'bob', read: true },
    ])
  })

  it('tells what was missed, once', async () => {
    const id = randomUUID()
    const ada = clientOf('ada', 0)
    await ada.conversations.create({ id, name: 'Talk', members: ['carl'] })
    const live = await looking(ada, id)
    for (const body of ['one', 'two']) live.send(body)
    await soon(() => live.getSnapshot().messages.filter(({ status }) => status === 'sent').length === 2)
    const carl = clientOf('carl', 1)
    const told: Message[] = []
    carl.inbox.on((messages) => told.push(...messages.filter(({ conversation }) => conversation === id)))
    await soon(() => told.length === 2)
    expect(told.map(({ body }) => body)).toEqual(['one', 'two'])
    await soon(() => live.getSnapshot().messages.every(({ status }) => status === 'delivered'))
    carl.disconnect()
    live.send('three')
    await soon(() => live.getSnapshot().messages.at(-1)?.status === 'sent')
    carl.connect()
    await soon(() => told.length === 3)
    expect(told[2]?.body).toBe('three')
  })

  it('keeps members current, ends what a removed one sees, and takes them back', async () => {
    const id = randomUUID()
    const [ada, bob] = [clientOf('ada', 0), clientOf('bob', 1)]
    await ada.conversations.create({ id, name: 'Talk', kind: 'closed', members: ['bob'] })
    const [live, page] = [await looking(ada, id), await looking(bob, id)]
    const { membership } = page
    membership.subscribe(() => {})
    const roles = () =>
      membership
        .getSnapshot()
        .members.map((member) => `${member.id} ${member.role}`)
        .join()
    await soon(() => roles() === 'ada owner,bob member')
    await live.invite(['carl'])
    await soon(() => roles() === 'ada owner,bob member,carl member')
    await live.setRole('bob', 'admin')
    await soon(() => roles() === 'ada owner,bob admin,carl member')
    await soon(() => page.getSnapshot().conversation?.role === 'admin')
    await page.update({ name: 'Renamed' })
    await soon(() => live.getSnapshot().conversation?.name === 'Renamed')
    const found = await listing(bob, id)
    await live.remove('bob')
    await soon(() => page.getSnapshot().status === 'refused' && found() === undefined)
    await soon(() => membership.getSnapshot().status === 'refused')
    live.send('without bob')
    await live.invite(['bob'])
    await soon(() => page.getSnapshot().status === 'ready' && found() !== undefined)
    await soon(() => roles() === 'ada owner,bob member,carl member')
    await live.archive(true)
    await soon(() => page.getSnapshot().conversation?.archivedAt !== undefined)
    await live.archive(false)
    await soon(() => found()?.archivedAt === undefined)
  })
})
