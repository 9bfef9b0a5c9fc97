// Nowcast, embedded: the whole server as `nowcast start` runs it, with the publisher in the same process so that
// making events costs every contestant the same.

import { isObject } from '@nowcast/protocol'
import { createNode, type Node } from '@nowcast/server'
import { BENCH_EVENT, benchData, monotonicMicros } from '../wire/benchEvent.ts'
import { BENCH_SECRET } from '../wire/token.ts'
import { takePart } from './contestant.ts'

let node: Node | undefined
let address = ''
let failure: unknown

function running(): Node {
  if (failure !== undefined) throw failure
  if (node === undefined) throw new Error('Nowcast is not listening')
  return node
}

takePart({
  async listen({ dataDir, shared }) {
    node = await createNode({
      port: 0,
      dataDir,
      app: { secret: BENCH_SECRET },
      drainTimeout: 0,
      logLevel: 'error',
      // All the load comes from one address and few users.
      limits: {
        messages: false,
        joins: false,
        creations: false,
        typing: false,
        http: false,
        connects: false,
        connectionsPerAddress: false,
      },
      ...(shared === undefined
        ? {}
        : { redis: { url: shared.redisUrl }, database: { url: shared.databaseUrl } }),
    })
    address = await node.listen()
    return Number(new URL(address).port)
  },
  broadcast(dueMicros, channel) {
    running()
      .publish(channel, BENCH_EVENT, benchData(dueMicros))
      .catch((error: unknown) => {
        failure = error
      })
  },
  async publish(channel) {
    await running().publish(channel, BENCH_EVENT, benchData(monotonicMicros()))
  },
  async connections() {
    const health: unknown = await (await fetch(`${address}/health`)).json()
    const hub = isObject(health) && isObject(health.counts) ? health.counts : {}
    return Number(hub.connections)
  },
  close: () => running().stop(),
})
