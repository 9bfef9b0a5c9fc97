// Socket.IO's own adapters over Redis, each with its default options.
import { once } from 'node:events'
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter'
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter'
import { Redis } from 'ioredis'
import type { Server } from 'socket.io'
import type { SocketioAdapter } from '../processes/contracts.ts'

/** An adapter over a Redis that it is connected to. */
export interface Adapter {
  readonly create: Parameters<Server['adapter']>[0] & object
  disconnect(): void
}

/** Connects to Redis as the adapter's documentation shows. @throws Error when Redis can't be reached */
export async function connectAdapter(kind: SocketioAdapter, url: string): Promise<Adapter> {
  const publisher = new Redis(url)
  const subscriber = publisher.duplicate()
  await Promise.all([once(publisher, 'ready'), once(subscriber, 'ready')])
  const create = {
    classic: () => createAdapter(publisher, subscriber),
    sharded: () => createShardedAdapter(publisher, subscriber),
    // Makes the further connections that it needs itself.
    streams: () => createStreamsAdapter(publisher),
  }[kind]()
  return {
    create,
    disconnect() {
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}
