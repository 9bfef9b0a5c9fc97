// What was promised of conversations: every acknowledged message is in the history once, and reached every member once,
// in order, without a gap.
import { isObject, type Json, type Message } from '@nowcast/protocol'
import { RawClient } from '../support/rawClient.ts'
import { HEAL_MS, pause, waitFor } from './course.ts'
import type { Talker } from './talker.ts'

/** Who talks in the fault tests. */
export const USERS = ['ada', 'grace', 'alan', 'edsger', 'barbara']
/** Where they talk. */
export const CONVERSATIONS = ['one', 'two', 'three']

/** Makes the conversations, with everybody in them. */
export async function createConversations(url: string, users: readonly string[] = USERS): Promise<void> {
  const [owner, ...others] = await Promise.all(users.map((user) => RawClient.connect(url, user)))
  if (owner === undefined) throw new Error('There are no users.')
  for (const conversation of CONVERSATIONS) {
    await owner.call('conversation.create', { conversation, name: conversation })
    for (const other of others) await other.call('conversation.join', { conversation })
  }
  for (const client of [owner, ...others]) client.terminate()
}

/**
 * Compares what the server keeps with what was sent and received, once everything that was sent is acknowledged.
 * @returns every broken promise, and how many messages there are
 * @throws Error when somebody does not catch up
 */
export async function examineConversations(
  url: string,
  talkers: readonly Talker[],
): Promise<{ readonly broken: string[]; readonly messages: number }> {
  const histories = new Map<string, Message[]>()
  for (const conversation of CONVERSATIONS) histories.set(conversation, await readHistory(url, conversation))
  await waitFor(
    () => talkers.every((talker) => hasCaughtUp(talker, histories)),
    'everybody to receive every message',
  )
  const broken = talkers.flatMap(({ gaps }) => gaps)
  let messages = 0
  for (const [conversation, history] of histories) {
    messages += history.length
    broken.push(...doubles(conversation, history))
    for (const talker of talkers) broken.push(...differences(talker, conversation, history))
  }
  const sent = talkers.reduce((sum, talker) => sum + talker.sent, 0)
  if (messages !== sent) broken.push(`${sent} messages were acknowledged, and ${messages} are in the history`)
  return { broken, messages }
}

function doubles(conversation: string, history: readonly Message[]): string[] {
  const seen = new Set<string>()
  const broken: string[] = []
  for (const { sender, body, offset } of history) {
    const id = `${sender}/${body}`
    if (seen.has(id)) broken.push(`"${body}" is in ${conversation} once more at ${offset}`)
    seen.add(id)
  }
  return broken
}

function differences(talker: Talker, conversation: string, history: readonly Message[]): string[] {
  const events = talker.received.get(conversation) ?? []
  const broken: string[] = []
  for (const [index, { offset }] of events.entries()) {
    const before = events[index - 1]?.offset ?? offset - 1
    if (offset !== before + 1)
      broken.push(`${talker.user} received ${conversation}@${offset} after ${before}`)
  }
  const received = events.filter(({ name }) => name === 'message:created')
  for (const [index, { offset, body }] of history.entries()) {
    const event = received[index]
    if (event?.offset === offset && bodyOf(event.data) === body) continue
    const heard = event === undefined ? 'nothing' : `"${bodyOf(event.data)}"@${event.offset}`
    broken.push(`${talker.user} received ${heard} where ${conversation} has "${body}"@${offset}`)
    break
  }
  if (received.length > history.length)
    broken.push(`${talker.user} received more of ${conversation} than there is`)
  return broken
}

const bodyOf = (data: Json): unknown => (isObject(data) ? data.body : undefined)

function hasCaughtUp(talker: Talker, histories: ReadonlyMap<string, readonly Message[]>): boolean {
  for (const [conversation, history] of histories) {
    const newest = talker.received.get(conversation)?.at(-1)?.offset ?? 0
    if (newest < (history.at(-1)?.offset ?? 0)) return false
  }
  return true
}

async function readHistory(url: string, conversation: string): Promise<Message[]> {
  const reader = await connectPatiently(url)
  const pages: Message[][] = []
  for (let before: number | undefined, more = true; more; ) {
    const page = await reader.call('conversation.history', {
      conversation,
      limit: 100,
      ...(before === undefined ? {} : { before }),
    })
    pages.unshift([...page.messages].reverse())
    before = page.messages.at(-1)?.offset
    more = page.more
  }
  reader.terminate()
  return pages.flat()
}

async function connectPatiently(url: string): Promise<RawClient> {
  const deadline = Date.now() + HEAL_MS
  for (;;) {
    try {
      const client = await RawClient.connect(url, 'ada')
      await client.call('conversation.list', { scope: 'mine' })
      return client
    } catch (error) {
      if (Date.now() > deadline) throw error
      await pause(100)
    }
  }
}
