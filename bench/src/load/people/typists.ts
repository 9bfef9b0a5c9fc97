// Users who type in one channel, with the calls that the client makes of their keystrokes: at the beginning, every four
// seconds while it goes on, and three seconds after the last.
import type { Flow, TypeOptions } from '../../processes/peopleContract.ts'
import { CommandLink } from '../commandLink.ts'
import { FlowMeter } from './flowMeter.ts'

const RENEW_MS = 4_000
const SILENCE_MS = 3_000
/** Each types for this long, and then pauses as long. */
const BURST_MS = 6_000

/** Lets users type for a while. @throws Error when somebody is refused */
export async function typeFor(options: TypeOptions): Promise<Flow & { readonly calls: number }> {
  const { port, channel, users, seconds } = options
  const links: CommandLink[] = []
  for (let index = 0; index < users; index += 1) {
    const link = await CommandLink.connect(port, `typist-${index}`)
    await link.command({ type: 'subscribe', channels: [{ channel }] })
    await link.command({ type: 'typing.watch', channels: [channel] })
    links.push(link)
  }
  const meter = new FlowMeter(links)
  const deadline = performance.now() + seconds * 1e3
  const calls = await Promise.all(
    links.map((link, index) => typist(link, channel, (index * BURST_MS * 2) / users, deadline)),
  )
  const flow = meter.read()
  for (const link of links) link.close()
  return { ...flow, calls: calls.reduce((sum, count) => sum + count, 0) }
}

async function typist(
  link: CommandLink,
  channel: string,
  phaseMs: number,
  deadline: number,
): Promise<number> {
  let calls = 0
  const say = async (type: string) => {
    calls += 1
    await link.command({ type, channel })
  }
  await pause(phaseMs, deadline)
  while (performance.now() < deadline) {
    await say('typing.start')
    await pause(RENEW_MS, deadline)
    await say('typing.start')
    await pause(BURST_MS - RENEW_MS + SILENCE_MS, deadline)
    await say('typing.stop')
    await pause(BURST_MS - SILENCE_MS, deadline)
  }
  return calls
}

const pause = (ms: number, deadline: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(ms, deadline - performance.now()))))
