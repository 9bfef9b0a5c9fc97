// What makes a contestant out of a server: the same ticks, the same measuring, the same control for all.
import { answerCalls } from '../processes/answer.ts'
import type { ListenOptions, ServerProcess, Usage } from '../processes/contracts.ts'
import { BENCH_CHANNEL } from '../wire/benchEvent.ts'
import { Flood } from './flood.ts'
import { timeReading } from './reading.ts'
import { tick } from './ticker.ts'

/** A server that takes part. */
export interface Contestant {
  /** Listens on 127.0.0.1. @returns the port */
  listen(options: ListenOptions): Promise<number>
  /** Sends one event to every subscriber of a channel; those that have only one channel ignore which. */
  broadcast(dueMicros: number, channel: string): void
  /**
   * Publishes on any channel.
   * @returns settled when Redis or the process has the event for good; undefined when that is never told
   */
  publish?(channel: string): Promise<void> | undefined
  /** Connections it holds now. */
  connections(): number | Promise<number>
  /** Tells about every connection of this node what members of a channel tell about themselves. */
  describe?(): void
  /** Reads everybody on the bench's channel on all nodes, with what is told about them. @returns how many they are */
  read?(): Promise<number>
  close(): Promise<void>
}

/** Runs a contestant under the parent's control. */
export function takePart(contestant: Contestant): void {
  const publish = (channel: string): Promise<void> | undefined => {
    if (contestant.publish === undefined) throw new Error('this contestant has one channel alone')
    return contestant.publish(channel)
  }
  let flood: Flood | undefined
  const methods: ServerProcess = {
    listen: async (options) => ({ port: await contestant.listen(options) }),
    run: ({ channels = [BENCH_CHANNEL], ...workload }) => {
      let next = 0
      return tick(workload, (dueMicros) => {
        contestant.broadcast(dueMicros, channels[next % channels.length] ?? BENCH_CHANNEL)
        next += 1
      })
    },
    publish: async ({ channels, count }) => {
      for (let round = 0; round < count; round += 1) {
        for (const channel of channels) await publish(channel)
      }
    },
    flood: async (options) => {
      flood = new Flood(options, publish)
      return { published: await flood.run() }
    },
    arrived: async ({ count }) => flood?.arrived(count),
    usage: async ({ collect }) => measure(collect),
    connections: async () => contestant.connections(),
    describe: async () => contestant.describe?.(),
    read: (options) =>
      timeReading(options, async () => {
        if (contestant.read === undefined) throw new Error('this contestant can not tell who is there')
        return contestant.read()
      }),
    close: () => contestant.close(),
  }
  answerCalls(methods, async () => {})
}

async function measure(collect: boolean): Promise<Usage> {
  if (collect) {
    if (global.gc === undefined) throw new Error('start the server with --expose-gc')
    // The last resort gives unused pages back, so that what the process merely reserves is not counted. Twice, with a
    // pause between: the first lets finalizers run, whose memory the second returns.
    for (let round = 0; round < 2; round += 1) {
      global.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  return { cpuMicros: user + system, rssBytes: rss, heapUsedBytes: heapUsed }
}
