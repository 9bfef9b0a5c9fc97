// People: who is present, who is typing, and what receipts cost beside the messages that they are about.
import type { Options } from '../../options.ts'
import type { ServerProcess } from '../../processes/contracts.ts'
import type { Flow, PeopleProcess, Talked } from '../../processes/peopleContract.ts'
import { Remote } from '../../processes/remote.ts'
import { startServer, withFolder } from '../../processes/start.ts'
import { tell } from '../progress.ts'

/** A measurement with the CPU time that the server's process took for it. */
export type Costed<T> = T & { readonly cpuMs: number }

/** A talk with and without receipts, in one round. */
export interface TalkRound {
  readonly without: Costed<Talked>
  readonly with: Costed<Talked>
  /** CPU per message with receipts, relative to without. */
  readonly ratio: number
}

/** The part's report. */
export interface PeopleReport {
  readonly members: number
  readonly observers: number
  readonly joining: Costed<Flow>
  readonly leaving: Costed<Flow>
  readonly typists: number
  readonly typing: Costed<Flow & { readonly calls: number }>
  readonly conversations: number
  readonly membersEach: number
  readonly rate: number
  readonly talks: readonly TalkRound[]
}

const OBSERVERS = 20
const MEMBERS = 1_000
const TYPISTS = 100
const TYPING_SECONDS = 10
const CONVERSATIONS = 50
const MEMBERS_EACH = 100
const RATE = 500
const CALL_MS = 300_000

/** Runs the part. @throws Error when somebody does not see what they should */
export async function runPeople(options: Options): Promise<PeopleReport> {
  const members = options.quick ? MEMBERS / 5 : MEMBERS
  const membersEach = options.quick ? MEMBERS_EACH / 5 : MEMBERS_EACH
  const presence = await onPeopleStage(options, (stage) => presenceOf(stage, members))
  tell(`people: ${TYPISTS} typists`)
  const typing = await onPeopleStage(options, ({ people, port, costed }) =>
    costed(() =>
      people.call('type', CALL_MS, { port, channel: 'bench', users: TYPISTS, seconds: TYPING_SECONDS }),
    ),
  )
  const talks = await onPeopleStage(options, (stage) => talksOf(stage, membersEach, options))
  return {
    members,
    observers: OBSERVERS,
    ...presence,
    typists: TYPISTS,
    typing,
    conversations: CONVERSATIONS,
    membersEach,
    rate: RATE,
    talks,
  }
}

interface PeopleStage {
  readonly people: Remote<PeopleProcess>
  readonly port: number
  /** Takes the server's CPU time of a measurement. */
  costed<T extends object>(measure: () => Promise<T>): Promise<Costed<T>>
}

async function presenceOf({ people, port, costed }: PeopleStage, members: number) {
  tell(`people: ${members} members come and go`)
  const joining = await costed(() =>
    people.call('join', CALL_MS, { port, channel: 'bench', members, observers: OBSERVERS }),
  )
  const leaving = await costed(() => people.call('leave', CALL_MS))
  return { joining, leaving }
}

async function talksOf(
  { people, port, costed }: PeopleStage,
  members: number,
  options: Options,
): Promise<readonly TalkRound[]> {
  tell(`people: ${CONVERSATIONS} conversations of ${members}`)
  await people.call('gather', CALL_MS, { port, conversations: CONVERSATIONS, members })
  const talk = (receipts: boolean) =>
    costed(() =>
      people.call('talk', CALL_MS, {
        port,
        conversations: CONVERSATIONS,
        members,
        rate: RATE,
        seconds: options.seconds,
        receipts,
      }),
    )
  await talk(true)
  const rounds: TalkRound[] = []
  for (let round = 0; round < options.rounds; round += 1) {
    tell(`people: talk ${round + 1} of ${options.rounds}`)
    const without = await talk(false)
    const withReceipts = await talk(true)
    const ratio = withReceipts.cpuMs / withReceipts.sent / (without.cpuMs / without.sent)
    rounds.push({ without, with: withReceipts, ratio })
  }
  return rounds
}

function onPeopleStage<R>(options: Options, act: (stage: PeopleStage) => Promise<R>): Promise<R> {
  return withFolder(async (dataDir) => {
    const server = startServer('nowcast', options.profile)
    const people = new Remote<PeopleProcess>('people', 'load/people/main')
    try {
      const { port } = await server.call('listen', CALL_MS, { dataDir })
      const result = await act({ people, port, costed: (measure) => costing(server, measure) })
      await people.stop()
      await server.call('close', CALL_MS)
      return result
    } finally {
      await Promise.all([people.stop(), server.stop()])
    }
  })
}

async function costing<T extends object>(
  server: Remote<ServerProcess>,
  measure: () => Promise<T>,
): Promise<Costed<T>> {
  const before = await server.call('usage', CALL_MS, { collect: false })
  const result = await measure()
  const after = await server.call('usage', CALL_MS, { collect: false })
  return { ...result, cpuMs: (after.cpuMicros - before.cpuMicros) / 1e3 }
}
