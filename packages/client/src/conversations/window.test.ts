import { type Command, NowcastError } from '@nowcast/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GENERAL, lookingAt, old } from '../testing/lookingAt.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { until } from '../testing/until.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(() => server.stop())

function looking(count: number) {
  server.conversations.create(GENERAL, count)
  return lookingAt(server)
}

const say = (from: number, to = from) => {
  for (let index = from; index <= to; index += 1) {
    server.conversations.send(GENERAL, 'grace', `old-${index}`, `old ${index}`)
  }
}

/** Holds back the answers to commands of one kind; `release` lets them go. */
function hold(type: Command['type']) {
  const held: object[] = []
  server.script = (command) => {
    if (command.type !== type) return undefined
    held.push({ type: 'reply', id: command.id, result: server.conversations.serve(command, 'ada') })
    return 'ignore'
  }
  const release = () => {
    server.script = () => undefined
    for (const reply of held.splice(0)) server.push(reply)
  }
  return { held, release }
}

describe('the past of a conversation', () => {
  it('is shown around a message, and leads back page by page to what is live', async () => {
    const { conversation, bodies } = await looking(100)
    expect(await conversation.jump(40)).toBe(true)
    expect(bodies()).toEqual(old(30, 49))
    expect(conversation.getSnapshot()).toMatchObject({ hasOlder: true, hasNewer: true })
    await conversation.older()
    expect(bodies()).toEqual(old(10, 49))
    await conversation.newer()
    await conversation.newer()
    expect(bodies()).toEqual(old(10, 89))
    expect(conversation.getSnapshot().hasNewer).toBe(true)
    await conversation.newer()
    expect(bodies()).toEqual(old(10, 100))
    expect(conversation.getSnapshot()).toMatchObject({ hasNewer: false, loadingNewer: false })
    say(101)
    await until(() => bodies().at(-1) === 'old 101', 'what is live')
    expect(bodies()).toEqual(old(10, 101))
  })

  it('does not show what is new, but what changes', async () => {
    const { conversation, bodies } = await looking(60)
    await conversation.jump(20)
    say(61)
    server.conversations.change(GENERAL, 20, 'grace', { body: 'changed', editedAt: 5 }, 'message:edited')
    await until(() => bodies().includes('changed'), 'the change')
    expect(bodies()).not.toContain('old 61')
    expect(conversation.getSnapshot().hasNewer).toBe(true)
  })

  it('stays where it is when the message is shown already, or is not there', async () => {
    const { conversation, bodies } = await looking(40)
    const before = server.count('conversation.history')
    expect(await conversation.jump(30)).toBe(true)
    expect(server.count('conversation.history')).toBe(before)
    expect(await conversation.jump(1_000)).toBe(false)
    expect(bodies()).toEqual(old(21, 40))
    expect(conversation.getSnapshot().hasNewer).toBe(false)
  })

  it('is live at once when the page around a message reaches the newest', async () => {
    const { conversation, bodies } = await looking(40)
    await conversation.jump(10)
    expect(await conversation.jump(35)).toBe(true)
    expect(bodies()).toEqual(old(25, 40))
    expect(conversation.getSnapshot().hasNewer).toBe(false)
  })

  it('can be jumped to before the conversation is loaded', async () => {
    server.conversations.create(GENERAL, 60)
    const page = await lookingAt(server)
    page.stop()
    const other = page.client.conversation('other')
    server.conversations.create('other', 60)
    const waiting = hold('conversation.get')
    const jumped = other.jump(10)
    other.subscribe(() => {})
    await until(() => waiting.held.length === 1, 'the loading')
    waiting.release()
    expect(await jumped).toBe(true)
    expect(other.getSnapshot().messages.some(({ offset }) => offset === 10)).toBe(true)
  })

  it('gives way to the newest when told to, and when something is sent', async () => {
    const { conversation, bodies } = await looking(60)
    await conversation.jump(20)
    await conversation.toNewest()
    expect(bodies()).toEqual(old(41, 60))
    expect(conversation.getSnapshot().hasNewer).toBe(false)
    await conversation.jump(20)
    conversation.send('mine')
    expect(bodies().at(-1)).toBe('mine')
    const last = () => conversation.getSnapshot().messages.at(-1)
    await until(() => !bodies().includes('old 20') && last()?.offset === 61, 'the newest')
    expect(bodies().slice(-19)).toEqual([...old(43, 60), 'mine'])
    expect(bodies().filter((body) => body === 'mine')).toHaveLength(1)
    expect(last()?.status).toBe('sent')
  })

  it('stays after a gap', async () => {
    const { conversation, bodies } = await looking(60)
    await conversation.jump(20)
    server.copies = () => 0
    server.conversations.change(GENERAL, 20, 'grace', { body: 'changed', editedAt: 5 }, 'message:edited')
    const { position } = server.log('conversation-general')
    const channel = 'conversation-general'
    server.push({ type: 'gap', channel, position, reason: 'too-much', action: 'reload' })
    await until(() => bodies().includes('changed'), 'the page anew')
    expect(bodies()).toContain('old 19')
    expect(conversation.getSnapshot()).toMatchObject({ hasNewer: true, status: 'ready' })
    expect(conversation.getSnapshot().gap).toBeUndefined()
  })

  it('ends with a history that is another', async () => {
    const { conversation, bodies } = await looking(60)
    await conversation.jump(20)
    server.conversations.messages.set(GENERAL, [])
    server.log('conversation-general').restart('epoch-2')
    say(1, 3)
    server.cut()
    await until(() => bodies().length === 3, 'the other history')
    expect(bodies()).toEqual(old(1, 3))
    expect(conversation.getSnapshot().hasNewer).toBe(false)
  })

  it('asks again for newer messages that could not be had', async () => {
    const { conversation, bodies } = await looking(60)
    await conversation.jump(20)
    const before = bodies()
    server.script = ({ type }) =>
      type === 'conversation.history' ? new NowcastError('unavailable', 'Later.') : undefined
    await conversation.newer()
    expect(bodies()).toEqual(before)
    expect(conversation.getSnapshot()).toMatchObject({ hasNewer: true, loadingNewer: false })
    server.script = () => undefined
    await conversation.newer()
    expect(bodies()).toHaveLength(before.length + 20)
  })

  it('misses and doubles nothing of what comes while its last page is on its way', async () => {
    const { conversation, bodies } = await looking(45)
    await conversation.jump(20)
    const waiting = hold('conversation.history')
    const page = conversation.newer()
    await until(() => waiting.held.length === 1, 'the request')
    say(46, 48)
    waiting.release()
    say(49)
    await page
    await until(() => bodies().at(-1) === 'old 49', 'the last message')
    expect(bodies()).toEqual(old(10, 49))
  })
})

describe('however a page moves', () => {
  it('what it shows has no hole and no double, and what is live is complete', async () => {
    const { conversation, bodies } = await looking(80)
    let sent = 80
    const step = fc.oneof(
      fc.record({ kind: fc.constant('jump' as const), offset: fc.integer({ min: 1, max: 80 }) }),
      fc.constant({ kind: 'older' as const }),
      fc.constant({ kind: 'newer' as const }),
      fc.constant({ kind: 'toNewest' as const }),
      fc.constant({ kind: 'say' as const }),
      fc.constant({ kind: 'cut' as const }),
    )
    const numbers = () => bodies().map((body) => Number(body.slice(4)))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const moves: Promise<unknown>[] = []
        for (const taken of steps) {
          if (taken.kind === 'jump') moves.push(conversation.jump(taken.offset))
          else if (taken.kind === 'say') {
            sent += 1
            say(sent)
          } else if (taken.kind === 'cut') server.cut()
          else moves.push(conversation[taken.kind]())
        }
        await Promise.all(moves)
        const shown = numbers()
        expect(shown).toEqual(shown.map((_, index) => (shown[0] ?? 0) + index))
        await conversation.toNewest()
        await until(() => numbers().at(-1) === sent, 'what is live')
        const live = numbers()
        expect(live).toEqual(live.map((_, index) => (live[0] ?? 0) + index))
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('keeps no more than so many messages', async () => {
    const { conversation, bodies } = await looking(2_070)
    while (conversation.getSnapshot().hasOlder) await conversation.older()
    expect(bodies()).toEqual(old(1, 2_000))
    expect(conversation.getSnapshot().hasNewer).toBe(true)
    while (conversation.getSnapshot().hasNewer) await conversation.newer()
    expect(bodies()).toEqual(old(71, 2_070))
    expect(conversation.getSnapshot().hasOlder).toBe(true)
    say(2_071)
    await until(() => bodies().at(-1) === 'old 2071', 'what is live')
    expect(bodies()).toEqual(old(72, 2_071))
  })
})
