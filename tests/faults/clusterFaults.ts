// What strikes a cluster, drawn from a seed. Each fault begins, lasts a while and is over; everything about it is decided
// when it is drawn, so that a seed draws the same faults whatever happens meanwhile.
import type { Random } from '../support/random.ts'
import { pause } from './course.ts'
import type { Journal } from './journal.ts'
import type { TestCluster, TestNode } from './testCluster.ts'

/** Something that will go wrong. */
interface Fault {
  readonly name: string
  /** What it strikes: two at once never strike the same. */
  readonly part: string
  /** Resolves when it is over. */
  run(): Promise<void>
}

type Draw = (fate: Random, cluster: TestCluster) => Fault

const SHORTEST_MS = 200
const LONGEST_MS = 3_000
/** Long enough for clients and connections to notice that nobody answers. */
const LONG_MS = 12_000
/** One fault in so many comes with a second one. */
const TOGETHER = 4
const LONGEST_PEACE_MS = 1_200

/** Mostly short, now and then long. */
const someTime = (fate: Random): number =>
  SHORTEST_MS + fate.below(fate.below(8) === 0 ? LONG_MS : LONGEST_MS)

const links: readonly Draw[] = [
  (_fate, { balancer }) => ({ name: 'cut all clients', part: 'links', run: async () => balancer.cut() }),
  (fate, { balancer }) => {
    const rest = fate.below(2)
    return {
      name: 'cut some clients',
      part: 'links',
      run: async () => balancer.cut((index) => index % 2 === rest),
    }
  },
  (fate, { balancer }) => {
    const forMs = someTime(fate)
    return {
      name: `freeze clients for ${forMs} ms`,
      part: 'links',
      async run() {
        balancer.freeze()
        await pause(forMs)
        balancer.thaw()
      },
    }
  },
]

const nodes: readonly Draw[] = [
  onNode('kill', async (node, forMs, cluster) => {
    await cluster.kill(node)
    await pause(forMs)
    await cluster.startAgain(node)
  }),
  onNode('stop', async (node, forMs, cluster) => {
    await cluster.stop(node)
    await pause(forMs)
    await cluster.startAgain(node)
  }),
  onNode('freeze', async ({ server }, forMs) => {
    const { pid } = server
    process.kill(pid, 'SIGSTOP')
    await pause(forMs)
    process.kill(pid, 'SIGCONT')
  }),
  onWay('redis', 'refused'),
  onWay('redis', 'silent'),
  onWay('database', 'refused'),
  onWay('database', 'silent'),
]

const services: readonly Draw[] = [
  (fate, cluster) => {
    const forMs = someTime(fate)
    return { name: `kill Redis for ${forMs} ms`, part: 'redis', run: () => cluster.emptyRedis(forMs) }
  },
  (fate, { redis }) => {
    const forMs = someTime(fate)
    return {
      name: `freeze Redis for ${forMs} ms`,
      part: 'redis',
      async run() {
        redis.freeze()
        await pause(forMs)
        redis.thaw()
      },
    }
  },
  (_fate, { database }) => ({ name: 'kill PostgreSQL', part: 'database', run: () => database.kill() }),
]

/** Lets faults strike until `until`, and waits until all of them are over. @param onStrike told what strikes */
export async function strikeUntil(
  until: number,
  fate: Random,
  cluster: TestCluster,
  onStrike: (name: string) => void,
  journal: Journal,
): Promise<void> {
  for (;;) {
    const peaceMs = fate.below(LONGEST_PEACE_MS)
    const faults = drawFaults(fate, cluster)
    await pause(peaceMs)
    if (Date.now() >= until) return
    onStrike(faults.map(({ name }) => name).join(' and '))
    await Promise.all(faults.map((fault) => strike(fault, journal)))
  }
}

async function strike({ name, run }: Fault, journal: Journal): Promise<void> {
  journal.note('FAULT', name)
  await run()
  journal.note('FAULT', `${name} is over`)
}

function drawFaults(fate: Random, cluster: TestCluster): Fault[] {
  const first = draw(fate, cluster)
  if (fate.below(TOGETHER) !== 0) return [first]
  for (;;) {
    const second = draw(fate, cluster)
    if (second.part !== first.part) return [first, second]
  }
}

const draw = (fate: Random, cluster: TestCluster): Fault =>
  fate.pick(fate.pick([links, nodes, nodes, services]))(fate, cluster)

function onNode(
  what: string,
  run: (node: TestNode, forMs: number, cluster: TestCluster) => Promise<void>,
): Draw {
  return (fate, cluster) => {
    const node = fate.pick(cluster.nodes)
    const forMs = someTime(fate)
    return {
      name: `${what} ${node.name} for ${forMs} ms`,
      part: node.name,
      run: () => run(node, forMs, cluster),
    }
  }
}

function onWay(service: 'redis' | 'database', how: 'refused' | 'silent'): Draw {
  return onNode(`no way to ${service} (${how})`, async (node, forMs) => {
    node[service].block(how)
    await pause(forMs)
    node[service].mend()
  })
}
