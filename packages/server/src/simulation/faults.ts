// What may go wrong: each fault begins, lasts a while, and is over.
import type { SimulatedClient } from './client.ts'
import type { Route } from './connection.ts'
import type { SimulatedDatabase } from './database.ts'
import type { SimulatedNode } from './node.ts'
import type { RedisServers } from './redisServers.ts'
import type { World } from './world.ts'

/** A place where one node after the other runs. */
export interface NodeSlot {
  readonly name: string
  /** The way to Redis. */
  readonly route: Route
  current: SimulatedNode
  start(): void
}

/** Everything that can fail. */
export interface Breakable {
  readonly world: World
  readonly slots: readonly NodeSlot[]
  readonly clients: readonly SimulatedClient[]
  readonly servers: RedisServers
  readonly database: SimulatedDatabase
}

interface Fault {
  readonly name: string
  readonly longestMs: number
  /** @returns ends it */
  begin(breakable: Breakable): () => void
}

const slowness = (world: World) => world.between(10, 400)

const faults: readonly Fault[] = [
  {
    name: 'a node is killed',
    longestMs: 3_000,
    begin: ({ world, slots }) => restartLater(world.random.pick(slots), (node) => node.kill()),
  },
  {
    name: 'a node is stopped',
    longestMs: 2_000,
    begin: ({ world, slots }) => restartLater(world.random.pick(slots), (node) => node.stop()),
  },
  {
    name: 'a node is frozen',
    longestMs: 6_000,
    begin({ world, slots }) {
      const { process } = world.random.pick(slots).current
      process.freeze()
      return () => process.thaw()
    },
  },
  {
    name: 'a node is cut off from Redis',
    longestMs: 6_000,
    begin({ world, slots }) {
      const { route } = world.random.pick(slots)
      route.interrupt()
      return () => route.heal()
    },
  },
  {
    name: 'a node reaches Redis slowly',
    longestMs: 3_000,
    begin({ world, slots }) {
      const { route } = world.random.pick(slots)
      route.slowness = slowness(world)
      return () => {
        route.slowness = 1
      }
    },
  },
  {
    name: 'connections to Redis break',
    longestMs: 0,
    begin({ world, slots }) {
      const { link } = world.random.pick(slots).current
      if (world.chance(0.7)) link.break('commands')
      if (world.chance(0.7)) link.break('subscriber')
      return () => {}
    },
  },
  {
    name: 'Redis dies',
    longestMs: 4_000,
    begin({ world, servers }) {
      servers.crash()
      return () => servers.restart(world.chance(0.5) ? 'nothing' : 'replica')
    },
  },
  {
    name: 'a replica is promoted',
    longestMs: 3_000,
    begin({ servers }) {
      servers.promote()
      return () => servers.demote()
    },
  },
  {
    name: 'Redis is frozen',
    longestMs: 6_000,
    begin({ servers }) {
      const { process } = servers
      process.freeze()
      return () => process.thaw()
    },
  },
  {
    name: 'Redis is frozen while a node comes back to it',
    longestMs: 4_000,
    begin({ world, slots, servers }) {
      const { process } = servers
      world.random.pick(slots).current.link.break('subscriber')
      const freezing = world.scheduler.after(world.between(30, 120), () => process.freeze())
      return () => {
        freezing.cancel()
        process.thaw()
      }
    },
  },
  {
    name: 'Redis is slow',
    longestMs: 3_000,
    begin({ world, slots }) {
      for (const { route } of slots) route.slowness = slowness(world)
      return () => {
        for (const { route } of slots) route.slowness = 1
      }
    },
  },
  {
    name: 'a node hears of no commits',
    longestMs: 2_000,
    begin({ world, slots }) {
      const { store } = world.random.pick(slots).current
      store.loseNotifications()
      return () => store.listenAgain()
    },
  },
  {
    name: 'the database is down',
    longestMs: 2_000,
    begin({ database }) {
      database.stop()
      return () => database.start()
    },
  },
  {
    name: 'the database is slow',
    longestMs: 3_000,
    begin({ world, database }) {
      database.slowness = slowness(world)
      return () => {
        database.slowness = 1
      }
    },
  },
  {
    name: 'a connection of a client breaks',
    longestMs: 0,
    begin({ world, clients }) {
      world.random.pick(clients).break()
      return () => {}
    },
  },
  {
    name: 'a client is cut off',
    longestMs: 5_000,
    begin({ world, clients }) {
      const { route } = world.random.pick(clients)
      route.interrupt()
      return () => route.heal()
    },
  },
]

/** Draws faults and lets them happen until `untilMs`; then all of them are over. */
export function scheduleFaults(breakable: Breakable, untilMs: number): void {
  const { world } = breakable
  const { scheduler, random } = world
  const count = 2 + random.below(7)
  for (let index = 0; index < count; index += 1) {
    const fault = random.pick(faults)
    const beginsAt = world.between(500, untilMs)
    const lastsMs = Math.min(world.between(0, fault.longestMs), untilMs - beginsAt)
    scheduler.after(beginsAt, () => {
      world.note('fault', fault.name, `for ${Math.round(lastsMs)} ms`)
      const end = fault.begin(breakable)
      scheduler.after(lastsMs, () => {
        if (fault.longestMs > 0) world.note('fault', fault.name, 'is over')
        end()
      })
    })
  }
}

function restartLater(slot: NodeSlot, end: (node: SimulatedNode) => void): () => void {
  const node = slot.current
  if (node.process.state !== 'dead') end(node)
  return () => {
    // Another fault may have done so already.
    if (slot.current === node) slot.start()
  }
}
