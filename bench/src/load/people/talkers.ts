// Members of conversations: some send, all receive, and where it is wanted all say what they have received and read.
import { randomUUID } from 'node:crypto'
import { conversationChannel, signalsChannel } from '@nowcast/protocol'
import type { Talked, TalkOptions } from '../../processes/peopleContract.ts'
import { CommandLink } from '../commandLink.ts'
import { Latencies } from '../latencies.ts'
import { FlowMeter } from './flowMeter.ts'

const BODY = 'A message of a usual length, as people write them to one another in a chat. '.padEnd(100, '.')
/** Connections being established at the same time. */
const CONCURRENCY = 50
/** A client says at most so often how far it has come in a conversation. */
const RECEIPT_MS = 1_000
const CREATED = '"name":"message:created"'

/** A member of a conversation. */
interface Talker {
  readonly conversation: string
  readonly link: CommandLink
  /** The newest message that came, and the one last acknowledged. */
  newest: number
  acknowledged: number
}

/** The members of conversations. */
export class Talkers {
  readonly #talkers: Talker[] = []
  #deliveries = 0
  #receipts = 0

  /** Connects everybody and makes the conversations. @throws Error when refused */
  async gather({ port, conversations, members }: Pick<TalkOptions, 'port' | 'conversations' | 'members'>) {
    for (let member = 0; member < members; member += 1) {
      for (let first = 0; first < conversations; first += CONCURRENCY) {
        const last = Math.min(first + CONCURRENCY, conversations)
        const numbers = Array.from({ length: last - first }, (_, index) => first + index)
        const joined = await Promise.all(numbers.map((number) => this.#join(port, number, member)))
        this.#talkers.push(...joined)
      }
    }
  }

  /** Talks for a while. @throws Error when a message or a receipt is refused */
  async talk(options: TalkOptions): Promise<Talked> {
    this.#deliveries = 0
    this.#receipts = 0
    const meter = new FlowMeter(this.#talkers.map(({ link }) => link))
    const stopReceipts = options.receipts ? this.#acknowledge() : () => {}
    const latencies = new Latencies()
    try {
      const sent = await this.#send(options, latencies)
      // The last receipts are sent, stored and told.
      await new Promise((resolve) => setTimeout(resolve, 2 * RECEIPT_MS))
      const { members } = options
      if (this.#deliveries !== sent * members)
        throw new Error(`${this.#deliveries} deliveries of ${sent} messages to ${members} members each`)
      const deliveries = this.#deliveries
      return { ...meter.read(), sent, deliveries, receipts: this.#receipts, latency: latencies.summary() }
    } finally {
      stopReceipts()
    }
  }

  async #join(port: number, number: number, member: number): Promise<Talker> {
    const conversation = `talk-${number}`
    const link = await CommandLink.connect(port, `talker-${number}-${member}`, (line) =>
      this.#hear(talker, line),
    )
    const talker: Talker = { conversation, link, newest: 0, acknowledged: 0 }
    if (member === 0) await link.command({ type: 'conversation.create', conversation, name: conversation })
    else await link.command({ type: 'conversation.join', conversation })
    const channels = [
      { channel: conversationChannel(conversation) },
      { channel: signalsChannel(conversation) },
    ]
    await link.command({ type: 'subscribe', channels })
    return talker
  }

  #hear(talker: Talker, line: string): void {
    if (!line.includes(CREATED)) return
    this.#deliveries += 1
    const offset = Number(/"offset":(\d+)/.exec(line)?.[1])
    if (offset > talker.newest) talker.newest = offset
  }

  /** Each says once a second how far it has come; all of them evenly over the second. @returns ends it */
  #acknowledge(): () => void {
    const share = Math.ceil(this.#talkers.length / (RECEIPT_MS / 10))
    let next = 0
    const timer = setInterval(() => {
      for (let count = 0; count < share; count += 1) {
        const talker = this.#talkers[next % this.#talkers.length]
        next += 1
        if (talker === undefined || talker.newest === talker.acknowledged) continue
        const { conversation, newest, link } = talker
        talker.acknowledged = newest
        this.#receipts += 1
        const receipt = { type: 'conversation.receipt', conversation, delivered: newest, read: newest }
        link.command(receipt).catch((error: unknown) => {
          throw error
        })
      }
    }, 10)
    return () => clearInterval(timer)
  }

  async #send({ conversations, rate, seconds }: TalkOptions, latencies: Latencies): Promise<number> {
    const senders = this.#talkers.slice(0, conversations)
    const startedAt = performance.now()
    const sending: Promise<void>[] = []
    await new Promise<void>((resolve) => {
      const turn = () => {
        const elapsedMs = Math.min(performance.now() - startedAt, seconds * 1e3)
        const due = Math.floor((elapsedMs * rate) / 1e3)
        while (sending.length < due) {
          const sender = senders[sending.length % senders.length]
          const dueAt = startedAt + ((sending.length + 1) * 1e3) / rate
          if (sender !== undefined) sending.push(timedSend(sender, dueAt, latencies))
        }
        if (elapsedMs >= seconds * 1e3) resolve()
        else setTimeout(turn, 1)
      }
      turn()
    })
    await Promise.all(sending)
    return sending.length
  }
}

async function timedSend({ link, conversation }: Talker, dueAt: number, latencies: Latencies): Promise<void> {
  const messageId = randomUUID()
  await link.command({ type: 'conversation.send', conversation, messageId, body: BODY })
  latencies.add((performance.now() - dueAt) * 1e3)
}
