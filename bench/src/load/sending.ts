// Many senders of durable messages, in a closed loop (as fast as acknowledgements come) or an open one (at a rate).
import type { SendOptions, Sent } from '../processes/contracts.ts'
import { Refusal } from './commandLink.ts'
import { Latencies } from './latencies.ts'
import { Sender } from './sender.ts'

/** 100 bytes, a usual chat message. */
const BODY = 'A message of a usual length, as people write them to one another in a chat. '.padEnd(100, '.')
/** Connections being established at the same time. */
const CONCURRENCY = 50
const MAX_UNANSWERED = 20_000

/** A run's counts. */
interface Tally {
  acknowledged: number
  refused: number
  firstRefusal: string | undefined
  readonly latencies: Latencies
}

/**
 * Sends for `seconds` and tells how it went.
 * @throws Error when a sender can't connect or loses its connection
 */
export async function sendMessages(options: SendOptions): Promise<Sent> {
  const senders = await connectSenders(options)
  const tally: Tally = { acknowledged: 0, refused: 0, firstRefusal: undefined, latencies: new Latencies() }
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const { loop, seconds } = options
  if (loop.kind === 'closed') await closedLoop(senders, loop.window, seconds, tally)
  else await openLoop(senders, loop.rate, seconds, tally)
  const elapsedMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  for (const sender of senders) sender.close()
  return {
    acknowledged: tally.acknowledged,
    refused: tally.refused,
    ...(tally.firstRefusal === undefined ? {} : { firstRefusal: tally.firstRefusal }),
    perSecond: (tally.acknowledged * 1e3) / elapsedMs,
    latency: tally.latencies.summary(),
    cpuMicros: user + system,
  }
}

async function connectSenders({ port, senders, conversations }: SendOptions): Promise<Sender[]> {
  const connected: Sender[] = []
  let next = 0
  const worker = async () => {
    while (next < senders) {
      const index = next
      next += 1
      const sender = await Sender.connect(port, `sender-${index}`, `bench-${index % conversations}`)
      // The first of each conversation makes it; asked again it is the same conversation.
      if (index < conversations) await sender.create()
      connected[index] = sender
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, senders) }, worker))
  for (const sender of connected.slice(conversations)) await sender.join()
  return connected
}

async function closedLoop(
  senders: readonly Sender[],
  window: number,
  seconds: number,
  tally: Tally,
): Promise<void> {
  const deadline = performance.now() + seconds * 1e3
  const lane = async (sender: Sender) => {
    while (performance.now() < deadline) await timedSend(sender, performance.now(), tally)
  }
  await Promise.all(senders.flatMap((sender) => Array.from({ length: window }, () => lane(sender))))
}

async function openLoop(
  senders: readonly Sender[],
  rate: number,
  seconds: number,
  tally: Tally,
): Promise<void> {
  const startedAt = performance.now()
  const unanswered = new Set<Promise<void>>()
  let sent = 0
  await new Promise<void>((resolve, reject) => {
    const turn = () => {
      const elapsedMs = Math.min(performance.now() - startedAt, seconds * 1e3)
      const due = Math.floor((elapsedMs * rate) / 1e3)
      for (; sent < due && unanswered.size < MAX_UNANSWERED; sent += 1) {
        const sender = senders[sent % senders.length]
        if (sender === undefined) continue
        const sending = timedSend(sender, startedAt + ((sent + 1) * 1e3) / rate, tally)
        unanswered.add(sending)
        sending.then(() => unanswered.delete(sending), reject)
      }
      if (elapsedMs >= seconds * 1e3) resolve()
      else setTimeout(turn, 1)
    }
    turn()
  })
  await Promise.all(unanswered)
}

async function timedSend(sender: Sender, since: number, tally: Tally): Promise<void> {
  try {
    await sender.send(BODY)
    tally.acknowledged += 1
    tally.latencies.add((performance.now() - since) * 1e3)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    tally.refused += 1
    tally.firstRefusal ??= error.message
    // A refused sender waits, or a closed loop would only count refusals.
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
