// What was promised of people: everybody sees exactly those who are there, nobody types who does not, what was read is
// read for everybody, and nothing that was told contradicts itself.
import { conversationChannel } from '@nowcast/protocol'
import type { Companion } from './companion.ts'
import { CONVERSATIONS } from './conversations.ts'
import { waitFor } from './course.ts'
import type { Participant } from './participant.ts'
import { LEASE_MS } from './testCluster.ts'
import type { Visitor } from './visitor.ts'

/** How long who has gone may be seen, on a machine that is busy. */
const GONE_MS = LEASE_MS + 10_000

/** Everybody of the test. */
interface Company {
  readonly participants: readonly Participant[]
  readonly visitors: readonly Visitor[]
}

/** @returns every broken promise, once nothing fails any more */
export async function examinePeople(company: Company): Promise<string[]> {
  const { participants, visitors } = company
  const broken: string[] = []
  const examine = async (what: string, wrong: () => string[], patienceMs?: number) => {
    const shown = () => `${what}: ${wrong().join('; ')}`
    await waitFor(() => wrong().length === 0, shown, patienceMs).catch((error: Error) =>
      broken.push(error.message),
    )
  }
  for (const visitor of visitors) visitor.come()
  await examine('everybody to be seen by everybody', () => wrongViews(company))
  const newest = newestMessages(participants)
  for (const companion of companionsOf(company)) companion.readAll(newest)
  const users = [...participants, ...visitors].map(({ user }) => user)
  await examine('everything to be read by everybody', () =>
    companionsOf(company).flatMap((companion) => companion.wrongReceipts(newest, users)),
  )
  for (const visitor of visitors) visitor.go()
  await examine('those who went to be gone', () => wrongViews(company), GONE_MS)
  for (const visitor of visitors) visitor.come()
  await examine('those who came back to be seen', () => wrongViews(company))
  return [
    ...broken,
    ...participants.flatMap(({ companion }) => companion.contradictions),
    ...visitors.flatMap(({ contradictions }) => contradictions),
  ]
}

/** Everybody who is there now. */
function companionsOf({ participants, visitors }: Company): Companion[] {
  return [...participants, ...visitors].flatMap(({ companion }) => companion ?? [])
}

function wrongViews(company: Company): string[] {
  const companions = companionsOf(company)
  const present = new Map(companions.map(({ user, data }) => [user, data]))
  const absent = company.visitors.map(({ user }) => user).filter((user) => !present.has(user))
  return companions.flatMap((companion) => companion.wrongViews(present, absent))
}

/** Everybody has heard the same, so the first one's word counts. */
function newestMessages([participant]: readonly Participant[]): ReadonlyMap<string, number> {
  const newestOf = (conversation: string) => {
    const received = participant?.talker.received.get(conversation) ?? []
    const message = received.findLast(({ name }) => name === 'message:created')
    if (message === undefined) throw new Error(`Nothing was said on ${conversationChannel(conversation)}.`)
    return message.offset
  }
  return new Map(CONVERSATIONS.map((conversation) => [conversation, newestOf(conversation)]))
}
