// A whole cluster in one process under simulated time: nodes, Redis, database, clients, work and faults, all from one seed.
import { conversationChannel } from '@nowcast/protocol'
import { channelKey } from '../foundation/channelKey.ts'
import { parseConfig } from '../foundation/config/load.ts'
import type { Config } from '../foundation/config/schema.ts'
import { SimulatedClient } from './client.ts'
import { Route } from './connection.ts'
import { SimulatedDatabase } from './database.ts'
import { type NodeSlot, scheduleFaults } from './faults.ts'
import { type ChannelKind, Ledger } from './ledger.ts'
import { KEY_PREFIX, SimulatedNode } from './node.ts'
import type { SimulatedProcess } from './process.ts'
import { RedisServers } from './redisServers.ts'
import { type Violation, World } from './world.ts'

const APP = '1'
/** Once everything has healed: time-outs and waiting times between attempts, but no round of comparing all places. */
const SETTLING_MS = 7_000
/** The longest that a client waits before it tries again what was refused many times. */
const LONGEST_WAIT_MS = 11_000
/** What is published when all is well again arrives at once. */
const PROBE_MS = 500
/** Commands under way when everything stops may wait so long for their time-out. */
const ENDING_MS = 15_000
const REPLICATE_MS = 700

const conversations = ['a', 'b']
const channels: ReadonlyMap<string, ChannelKind> = new Map<string, ChannelKind>([
  ['kept-1', 'kept'],
  ['kept-2', 'kept'],
  ['short-1', 'short'],
  ['live-1', 'live'],
  ...conversations.map((id): [string, ChannelKind] => [conversationChannel(id), 'conversation']),
])

const config: Config = parseConfig({
  app: { id: APP },
  connections: { heartbeat: '3s' },
  channels: {
    'kept-*': { publish: true, history: { size: 1_000, ttl: '1h' } },
    'short-*': { publish: true, history: { size: 5, ttl: '3s' } },
    'live-*': { publish: true, history: false },
  },
})

/** How a seed went. */
export interface Outcome {
  readonly seed: number
  readonly violation: Violation | undefined
  readonly trace: readonly string[]
  readonly steps: number
  readonly counts: Ledger['counts']
}

/**
 * Runs one seed: work and faults for some seconds, then everything heals, and every promise is checked.
 * @param options `traced`: keeps a record of what happened
 */
export async function simulate(seed: number, options: { readonly traced?: boolean } = {}): Promise<Outcome> {
  const cluster = new Cluster(new World(seed, options.traced ?? false))
  await cluster.run()
  const { world, ledger } = cluster
  const { violation, trace } = world
  return { seed, violation, trace, steps: world.scheduler.steps, counts: ledger.counts }
}

class Cluster {
  readonly world: World
  readonly ledger: Ledger
  readonly #servers: RedisServers
  readonly #database: SimulatedDatabase
  readonly #slots: NodeSlot[]
  readonly #clients: SimulatedClient[]
  readonly #processes = new Set<SimulatedProcess>()
  /** Few seeds have much to do: more small ones find more. */
  readonly #isBusy: boolean
  #isAtWork = true

  constructor(world: World) {
    const idempotencyWindowMs = world.random.pick([5_000, 300_000])
    const recoveryLimit = world.random.pick([10, 500])
    this.world = world
    this.#isBusy = world.chance(0.1)
    this.ledger = new Ledger(world, { idempotencyWindowMs, recoveryLimit })
    this.#servers = new RedisServers(world, (place, epoch, offset, body, time) =>
      this.ledger.placed(channelOfPlace(place), epoch, offset, idOf(body), time),
    )
    this.#database = new SimulatedDatabase(world, conversations, (conversation, { id, offset }) =>
      this.ledger.placed(conversationChannel(conversation), `of-${conversation}`, offset, id, 0),
    )
    const parts = {
      world,
      config,
      servers: this.#servers,
      database: this.#database,
      idempotencyWindowMs,
      recoveryLimit,
      idleChannels: world.chance(0.3) ? 50 : 0,
    }
    const nodes = 2 + world.random.below(2)
    this.#slots = Array.from({ length: nodes }, (_, index) =>
      this.#slot(`node${index + 1}`, (name, route) => new SimulatedNode(parts, name, route)),
    )
    const clients = 3 + world.random.below(3)
    const pick = () => world.random.pick(this.#slots).current
    this.#clients = Array.from(
      { length: clients },
      (_, index) => new SimulatedClient({ world, ledger: this.ledger, pick }, `user${index + 1}`),
    )
    for (const { process } of this.#clients) this.#processes.add(process)
  }

  async run(): Promise<void> {
    const workMs = this.world.between(3_000, 8_000)
    this.#replicate()
    for (const slot of this.#slots) slot.start()
    for (const client of this.#clients) this.#employ(client)
    scheduleFaults(
      {
        world: this.world,
        slots: this.#slots,
        clients: this.#clients,
        servers: this.#servers,
        database: this.#database,
      },
      workMs,
    )
    await this.#pass(workMs + 1, () => {
      this.#isAtWork = false
      this.#heal()
    })
    await this.#pass(SETTLING_MS, () => {})
    if (this.#clients.some(({ unanswered }) => unanswered > 0)) await this.#pass(LONGEST_WAIT_MS, () => {})
    await this.#pass(0, () => {
      this.#requireHeads()
      this.#probe()
    })
    await this.#pass(PROBE_MS, () => {
      this.#requireHeads()
      for (const client of this.#clients) client.close()
      for (const { current } of this.#slots) current.stop()
    })
    await this.#pass(ENDING_MS, () => this.#requireNoTimers())
  }

  /** Lets time pass, and then does what follows, unless a promise was broken meanwhile. */
  async #pass(durationMs: number, then: () => void): Promise<void> {
    const { scheduler } = this.world
    const isOver = () => this.world.violation !== undefined
    await scheduler.runUntil(scheduler.now + durationMs, isOver)
    if (!isOver()) then()
  }

  #slot(name: string, create: (name: string, route: Route) => SimulatedNode): NodeSlot {
    const route = new Route(this.world)
    const { world } = this
    const processes = this.#processes
    const slot: NodeSlot = {
      name,
      route,
      current: create(name, route),
      start() {
        if (slot.current.isStarted) slot.current = create(name, route)
        world.note(name, 'starts')
        processes.add(slot.current.process)
        slot.current.start()
      },
    }
    return slot
  }

  /** A client listens, publishes, and changes its mind now and then. */
  #employ(client: SimulatedClient): void {
    const { world } = this
    const { scheduler, random } = world
    const names = [...channels.keys()]
    for (const name of names) if (world.chance(0.7)) this.#listen(client, name)
    const everyMs = this.#isBusy ? world.between(50, 200) : world.between(200, 1_500)
    const work = () => {
      if (!this.#isAtWork) return
      const name = random.pick(names)
      const dice = random.next()
      if (dice < 0.03) client.unlisten(name)
      else if (dice < 0.08) this.#listen(client, name)
      else
        for (let burst = random.below(10) === 0 ? 12 : 1; burst > 0; burst -= 1) this.#publish(client, name)
      scheduler.after(world.between(0, 2 * everyMs), work)
    }
    scheduler.after(world.between(0, 1_000), work)
  }

  #listen(client: SimulatedClient, channel: string): void {
    client.listen(channel, channels.get(channel) ?? 'live')
  }

  #publish(client: SimulatedClient, channel: string): void {
    const conversation = conversations.find((id) => conversationChannel(id) === channel)
    if (conversation === undefined) client.publish(channel)
    else client.send(conversation, channel)
  }

  #replicate(): void {
    this.world.scheduler.after(this.world.between(0, REPLICATE_MS), () => {
      this.#servers.replicate()
      if (this.#isAtWork) this.#replicate()
    })
  }

  #heal(): void {
    this.world.note('fault', 'everything heals')
    for (const { current, route } of this.#slots) {
      route.heal()
      current.process.thaw()
    }
    this.#servers.process.thaw()
    this.#database.breaks = 0
    for (const { route } of this.#clients) route.heal()
  }

  #probe(): void {
    this.world.note('fault', 'everything is well; once more on every channel')
    for (const channel of channels.keys()) this.#publish(this.world.random.pick(this.#clients), channel)
  }

  #requireHeads(): void {
    for (const client of this.#clients) {
      if (client.unanswered > 0)
        this.world.fail('what is published is acknowledged', `${client.name} waits for ${client.unanswered}`)
      for (const subscriber of client.subscribers.values()) {
        const head = this.#head(subscriber.channel)
        if (head !== undefined) subscriber.requireAt(head)
      }
    }
  }

  #head(channel: string) {
    const conversation = conversations.find((id) => conversationChannel(id) === channel)
    if (conversation !== undefined) {
      return { epoch: `of-${conversation}`, offset: this.#database.log(conversation).length }
    }
    return this.#servers.place(`${KEY_PREFIX}:{${channelKey(APP, channel)}}:place`)
  }

  #requireNoTimers(): void {
    for (const { name, pendingTimers } of this.#processes) {
      if (pendingTimers > 0)
        this.world.fail('what is stopped leaves no timers behind', `${name} has ${pendingTimers}`)
    }
  }
}

const channelOfPlace = (place: string): string => /:([^:]*)\}:place$/.exec(place)?.[1] ?? place

function idOf(body: string): string {
  const { id }: { readonly id: string } = JSON.parse(body)
  return id
}
