// Clients of three nodes talk in conversations, publish on channels and are among people while nodes, Redis, PostgreSQL and
// the network between them fail. Afterwards everything is well again by itself, and every promise was kept.
import { expect, it } from 'vitest'
import { Random } from '../support/random.ts'
import { examineChannel, type Promised } from './channels.ts'
import { strikeUntil } from './clusterFaults.ts'
import { createConversations, examineConversations, USERS } from './conversations.ts'
import { FATE_SEED, MINUTES, SEED, TIMEOUT_MS, waitFor } from './course.ts'
import { Engines } from './engines.ts'
import { Journal } from './journal.ts'
import { keepActing, Participant } from './participant.ts'
import { examinePeople } from './people.ts'
import { failure } from './report.ts'
import { TestCluster } from './testCluster.ts'
import { Visitor } from './visitor.ts'

/** The policies of the nodes know these names by their beginnings. */
const CHANNELS = new Map<string, Promised>([
  ['kept-news', { kept: true }],
  ['kept-votes', { kept: true }],
  ['short-chat', { kept: false }],
  ['live-ticker', { kept: false }],
])
const NAMES = [...CHANNELS.keys()]
/** Who comes and goes. */
const VISITORS = ['tim', 'kurt']
const EVERYBODY = [...USERS, ...VISITORS]

interface Aftermath {
  readonly cluster: TestCluster
  readonly participants: readonly Participant[]
  readonly visitors: readonly Visitor[]
  readonly engines: Engines
}

/** What must be true in the end; each names every broken promise. */
const promises: readonly ((aftermath: Aftermath) => Promise<string[]>)[] = [
  brokenConversations,
  brokenChannels,
  examinePeople,
  ({ engines }) => engines.broken(),
]

it(
  `keeps its promises while nodes, Redis, PostgreSQL and networks fail (seed ${SEED})`,
  async () => {
    const journal = new Journal()
    const cluster = await TestCluster.start()
    const participants: Participant[] = []
    const engines = await Engines.start(cluster)
    const visitors = VISITORS.map((user) => new Visitor(user, cluster.balancer.url, EVERYBODY, journal))
    const aftermath = { cluster, participants, visitors, engines }
    const struck: string[] = []
    let healedMs = 0
    let isKept = false
    try {
      await createConversations(cluster.balancer.url, EVERYBODY)
      for (const user of USERS) {
        participants.push(new Participant(user, cluster.balancer.url, NAMES, EVERYBODY, journal))
      }
      const complaints = await complaintsOf(async () => {
        await untilWell(aftermath)
        await sufferFaults(aftermath, struck, journal)
        const calmAt = Date.now()
        await untilWell(aftermath)
        healedMs = Date.now() - calmAt
        journal.note('FAULT', 'everything has healed')
        return []
      })
      if (complaints.length === 0)
        for (const broken of promises) complaints.push(...(await complaintsOf(() => broken(aftermath))))
      if (complaints.length > 0)
        throw await failure(complaints, { seed: SEED, journal, folder: cluster.folder })
      expect(struck.length).toBeGreaterThan(2)
      isKept = true
      const outcome = `${summary(aftermath)}, healed in ${healedMs} ms`
      process.stdout.write(`seed ${SEED}: ${outcome}; faults: ${struck.join('; ')}\n`)
    } finally {
      for (const { companion } of participants) companion.leave()
      for (const visitor of visitors) visitor.go()
      await engines.stop()
      await cluster.dispose({ keepFolder: !isKept })
    }
  },
  TIMEOUT_MS,
)

async function sufferFaults(
  { cluster, participants, visitors, engines }: Aftermath,
  struck: string[],
  journal: Journal,
): Promise<void> {
  let goesOn = true
  const acting = Promise.all([
    keepActing(participants, NAMES, new Random(SEED), () => goesOn),
    ...visitors.map((visitor, index) => visitor.keepVisiting(new Random(SEED + index), () => goesOn)),
    engines.keepActing(
      SEED,
      () => goesOn,
      () => cluster.emptied,
    ),
  ])
  try {
    const until = Date.now() + MINUTES * 60_000
    await strikeUntil(until, new Random(FATE_SEED), cluster, (name) => struck.push(name), journal)
  } finally {
    goesOn = false
    await acting
    journal.note('FAULT', 'all are over')
  }
}

/** Nobody helps: every node and every client must come back by itself. */
async function untilWell({ cluster, participants }: Aftermath): Promise<void> {
  let complaints: string[] = []
  const isWell = async () => {
    complaints = [
      ...(await cluster.unwell()),
      ...participants.flatMap((participant) => participant.complaints),
    ]
    return complaints.length === 0
  }
  await waitFor(isWell, () => `all to be well: ${complaints.join('; ')}`)
}

async function brokenConversations({ cluster, participants }: Aftermath): Promise<string[]> {
  const talkers = participants.map(({ talker }) => talker)
  return (await examineConversations(cluster.balancer.url, talkers)).broken
}

async function brokenChannels({ cluster: { emptied }, participants }: Aftermath): Promise<string[]> {
  const broken: string[] = []
  for (const [channel, promised] of CHANNELS) {
    const logs = participants.flatMap((participant) =>
      participant.logs.filter((log) => log.channel === channel),
    )
    // Whoever hears this has heard everything before it.
    const last = await participants[0]?.publisher.publish(channel)
    if (last !== undefined) {
      const { position } = last.result
      const late = () => logs.filter((log) => !log.hasReached(position)).map(({ subscriber }) => subscriber)
      await waitFor(
        () => late().length === 0,
        () => `${late().join(', ')} to hear what is newest on ${channel}`,
      )
    }
    const acknowledged = participants
      .flatMap(({ publisher }) => publisher.acknowledged)
      .filter((event) => event.channel === channel)
    broken.push(...examineChannel({ channel, promised, logs, acknowledged, emptied }))
  }
  return [...broken, ...participants.flatMap(({ publisher }) => publisher.broken)]
}

/** What is wrong, or why that could not be found out. */
async function complaintsOf(run: () => Promise<string[]>): Promise<string[]> {
  try {
    return await run()
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function summary({ participants, engines }: Aftermath): string {
  const sum = (count: (participant: Participant) => number) =>
    participants.reduce((total, participant) => total + count(participant), 0)
  const heard = (kind: 'event' | 'gap') =>
    sum(({ logs }) =>
      logs.reduce((total, log) => total + log.heard.filter((one) => one.kind === kind).length, 0),
    )
  const events = sum(({ publisher }) => publisher.acknowledged.length)
  return `${sum(({ talker }) => talker.sent)} messages, ${events} events heard ${heard('event')} times, ${heard('gap')} gaps, ${engines.summary}`
}
