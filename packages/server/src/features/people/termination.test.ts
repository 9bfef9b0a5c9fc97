// Ending a user's connections over several nodes; whole nodes do it in tests/server.
import { type Json, NowcastError } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import type { Connection } from '../../core/connection.ts'
import type { ServeCall } from '../../core/nodeCalls.ts'
import { systemClock } from '../../foundation/clock.ts'
import { RecordingClient } from '../../testing/recordingClient.ts'
import { Termination } from './termination.ts'

/** Nodes that ask each other without an engine in between; those that have died answer nothing. */
class Nodes {
  readonly terminations: Termination[] = []
  readonly clients: (Pick<Connection, 'app'> & {
    readonly user: string
    readonly client: RecordingClient
  })[] = []
  readonly dead = new Set<string>()
  readonly stopped = new Set<string>()
  /** Stops when it is asked. */
  stopping: string | undefined
  readonly #served = new Map<string, ServeCall>()

  add(name: string, people: readonly (readonly [app: string, user: string])[]): void {
    const connections = people.map(([app, user]) => {
      const client = new RecordingClient(systemClock)
      this.clients.push({ app, user, client })
      return { ...client.connection, app, user: { id: user } }
    })
    this.terminations.push(
      new Termination({
        hub: { connections: () => connections },
        nodes: async () => [...this.#served.keys()].filter((node) => !this.stopped.has(node)),
        calls: {
          serve: (_kind, serve) => this.#served.set(name, serve),
          call: (node, _kind, payload) => this.#call(node, payload),
        },
      }),
    )
  }

  async #call(node: string, payload: Json): Promise<Json> {
    const serve = this.#served.get(node)
    if (serve !== undefined && !this.dead.has(node)) return serve(payload)
    if (this.stopping === node) this.stopped.add(node)
    throw new NowcastError('timeout', 'The other node did not answer in time.')
  }

  get ended(): string[] {
    return this.clients
      .filter(({ client }) => client.closedWith === 'terminated')
      .map(({ app, user }) => `${app}/${user}`)
  }
}

function twoNodes(): Nodes {
  const nodes = new Nodes()
  nodes.add('north', [
    ['1', 'ada'],
    ['1', 'bob'],
    ['2', 'ada'],
  ])
  nodes.add('south', [
    ['1', 'ada'],
    ['1', 'ada'],
  ])
  return nodes
}

it('ends those of the one user of the one app, and counts them', async () => {
  const nodes = twoNodes()
  expect(await nodes.terminations[0]?.terminate('1', 'ada')).toBe(3)
  expect(nodes.ended).toEqual(['1/ada', '1/ada', '1/ada'])
  expect(await nodes.terminations[1]?.terminate('2', 'bob')).toBe(0)
})

it('does not call it done while a node has not answered', async () => {
  const nodes = twoNodes()
  nodes.dead.add('north')
  await expect(nodes.terminations[1]?.terminate('1', 'ada')).rejects.toMatchObject({ code: 'unavailable' })
  expect(nodes.ended).toEqual(['1/ada', '1/ada'])
})

it('does not wait for a node that has stopped meanwhile', async () => {
  const nodes = twoNodes()
  nodes.dead.add('north')
  nodes.stopping = 'north'
  expect(await nodes.terminations[1]?.terminate('1', 'ada')).toBe(2)
})
