// One node of Nowcast as far as presence goes: an engine that observes one channel, without clients.
import { answerCalls } from '../processes/answer.ts'
import type { PresenceProcess, UserRange } from '../processes/contracts.ts'
import { monotonicMicros } from '../wire/benchEvent.ts'
import { memberInfo, memberName } from '../wire/member.ts'
import { createEngine, PRESENCE_CHANNEL, type RedisEngine } from './presenceEngine.ts'
import { timeReading } from './reading.ts'
import { Roster } from './roster.ts'

const roster = new Roster()
let engine: RedisEngine | undefined

function running(): RedisEngine {
  if (engine === undefined) throw new Error('the engine has not started')
  return engine
}

const enter = (user: string) => running().presence.enter(PRESENCE_CHANNEL, user, memberInfo(user))
const leave = (user: string) => running().presence.leave(PRESENCE_CHANNEL, user)

/** Does `act` for all users in one turn. */
async function atOnce({ from, count }: UserRange, act: (user: string) => Promise<void>) {
  const startedMicros = monotonicMicros()
  await Promise.all(Array.from({ length: count }, (_, index) => act(memberName(from + index))))
  return { startedMicros }
}

const methods: PresenceProcess = {
  async start({ redisUrl, node, leaseMs }) {
    engine = createEngine(redisUrl, node, leaseMs)
    engine.presence.listen(roster)
    await engine.start({ publication: () => {}, moved: () => {} })
    await roster.follow(engine)
  },
  enter: (range) => atOnce(range, enter),
  leave: (range) => atOnce(range, leave),
  async comeAndGo({ user, times, pauseMs }) {
    const startedMicros: number[] = []
    for (let time = 0; time < times; time += 1) {
      for (const act of [enter, leave]) {
        startedMicros.push(monotonicMicros())
        await act(user)
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
    return { startedMicros }
  },
  watch: async ({ user }) => roster.watch(user),
  heard: async () => roster.heard(),
  reached: async ({ count }) => ({ atMicros: await roster.reached(count) }),
  read: (options) =>
    timeReading(options, async () => (await running().presence.members(PRESENCE_CHANNEL)).members.length),
  async cpuMicros() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
}

answerCalls(methods, async () => engine?.stop())
