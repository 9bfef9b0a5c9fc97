// Members of one channel, who come one after another and go all at once, and observers who see it.
import type { Flow, JoinOptions } from '../../processes/peopleContract.ts'
import { CommandLink } from '../commandLink.ts'
import { FlowMeter } from './flowMeter.ts'

const PATIENCE_MS = 60_000
const POLL_MS = 5

/** Everybody on a channel. */
export class Present {
  readonly #options: JoinOptions
  readonly #observers: CommandLink[] = []
  readonly #members: CommandLink[] = []
  /** Members as each observer was last told. */
  readonly #counts: number[] = []

  constructor(options: JoinOptions) {
    this.#options = options
  }

  /** Brings the observers, then the members. @throws Error when somebody is refused, or not all are seen */
  async join(): Promise<Flow> {
    const { observers, members } = this.#options
    for (let index = 0; index < observers; index += 1) this.#observers.push(await this.#observer(index))
    const meter = new FlowMeter(this.#observers)
    for (let index = 0; index < members; index += 1) this.#members.push(await this.#member(index))
    await this.#seen(members)
    return meter.read(this.#members)
  }

  /** Cuts all members off. @throws Error when somebody is still seen */
  async leave(): Promise<Flow> {
    const meter = new FlowMeter(this.#observers)
    for (const member of this.#members.splice(0)) member.close()
    await this.#seen(0)
    const flow = meter.read()
    for (const observer of this.#observers.splice(0)) observer.close()
    return flow
  }

  async #observer(index: number): Promise<CommandLink> {
    const { port } = this.#options
    const link = await CommandLink.connect(port, `observer-${index}`, (line) => this.#note(index, line))
    await this.#watch(link)
    return link
  }

  async #member(index: number): Promise<CommandLink> {
    const { port, channel } = this.#options
    const link = await CommandLink.connect(port, `member-${index}`)
    await this.#watch(link)
    await link.command({ type: 'presence.enter', channel })
    return link
  }

  async #watch(link: CommandLink): Promise<void> {
    const { channel } = this.#options
    await link.command({ type: 'subscribe', channels: [{ channel }] })
    await link.command({ type: 'presence.watch', channels: [channel] })
  }

  #note(index: number, line: string): void {
    const count = /^\{"type":"presence[^}]*?"count":(\d+)/.exec(line)?.[1]
    if (count !== undefined) this.#counts[index] = Number(count)
  }

  async #seen(count: number): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (this.#counts.length < this.#options.observers || this.#counts.some((seen) => seen !== count)) {
      if (performance.now() > deadline) {
        throw new Error(`observers see ${[...new Set(this.#counts)].join(', ')} members, not ${count}`)
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}
