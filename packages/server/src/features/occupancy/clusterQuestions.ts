// Which channels have subscribers, and how many, asked of every node that lives; each knows its own.
import { isObject, type Json, NowcastError } from '@nowcast/protocol'
import type { Hub } from '../../core/hub.ts'
import type { NodeCalls } from '../../core/nodeCalls.ts'
import { channelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import { isInternal } from './places.ts'

/** What questions work with. */
export interface ClusterQuestionsParts {
  /** This node's name. */
  readonly node: string
  /** The names of all nodes that live. */
  readonly nodes: () => readonly string[]
  readonly hub: Pick<Hub, 'liveChannels' | 'subscriberCount'>
  readonly calls: Pick<NodeCalls, 'serve' | 'call'>
}

const CHANNELS = 'occupancy.channels'
const COUNTS = 'occupancy.counts'
/** Within it a node that stops is known to have stopped. */
const PATIENCE_MS = 3_000
/** Names that one node answers; the answer is one message. */
const MAX_NAMES = 10_000

/** Asks all nodes, and answers them. */
export class ClusterQuestions {
  readonly #parts: ClusterQuestionsParts

  constructor(parts: ClusterQuestionsParts) {
    this.#parts = parts
    parts.calls.serve(CHANNELS, async (payload) => {
      const { app, prefix } = isObject(payload) ? payload : {}
      return typeof app === 'string' && typeof prefix === 'string' ? this.#ownChannels(app, prefix) : []
    })
    parts.calls.serve(COUNTS, async (payload) => {
      const { app, channels } = isObject(payload) ? payload : {}
      return typeof app === 'string' ? this.#ownCounts(app, texts(channels)) : []
    })
  }

  /** @throws NowcastError `unavailable` when not every node answers */
  async channels(app: string, prefix: string): Promise<readonly string[]> {
    const answers = await this.#askAll(CHANNELS, { app, prefix })
    return [...new Set(answers.flatMap(texts))].sort()
  }

  /** @throws NowcastError `unavailable` when not every node answers */
  async subscriptionCounts(app: string, channels: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const answers = await this.#askAll(COUNTS, { app, channels: [...channels] })
    const sum = (index: number) =>
      answers.reduce<number>((total, counts) => total + numberAt(counts, index), 0)
    return new Map(channels.map((channel, index) => [channel, sum(index)]))
  }

  async #askAll(kind: string, payload: Json): Promise<readonly Json[]> {
    const { node, nodes } = this.#parts
    const everybody = new Set([node, ...nodes()])
    return Promise.all(Array.from(everybody, (name) => this.#ask(name, kind, payload)))
  }

  async #ask(node: string, kind: string, payload: Json): Promise<Json> {
    const { nodes, calls } = this.#parts
    try {
      return await calls.call(node, kind, payload, PATIENCE_MS)
    } catch {
      // One that has stopped meanwhile has nobody any more.
      if (!nodes().includes(node)) return []
      throw new NowcastError('unavailable', 'Not every node has answered.', { retryAfterMs: 1_000 })
    }
  }

  #ownChannels(app: string, prefix: string): string[] {
    const { hub } = this.#parts
    const names: string[] = []
    for (const key of hub.liveChannels()) {
      if (!key.startsWith(channelKey(app, prefix)) || hub.subscriberCount(key) === 0) continue
      const { channel } = splitChannelKey(key)
      if (isInternal(channel)) continue
      names.push(channel)
      if (names.length === MAX_NAMES) break
    }
    return names
  }

  #ownCounts(app: string, channels: readonly string[]): number[] {
    const { hub } = this.#parts
    return channels.map((channel) =>
      isInternal(channel) ? 0 : hub.subscriberCount(channelKey(app, channel)),
    )
  }
}

const texts = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

function numberAt(counts: Json, index: number): number {
  const count = Array.isArray(counts) ? counts[index] : undefined
  return typeof count === 'number' ? count : 0
}
