// Keeps this node in the registry: a report every two seconds, and the other nodes' latest ones in return.
import type { NodeReport, Registry } from '../engine/registry.ts'
import type { Clock, Timer } from '../foundation/clock.ts'

const REPORT_MS = 2_000
/** A node that has not reported for so long is dead. */
const LEASE_MS = 10_000

/** What a report needs to know; the rest it finds out by itself. */
export type NodeFigures = Omit<NodeReport, 'cpu' | 'rssBytes'>

/** Reports this node, again and again. */
export class Registration {
  readonly #registry: Registry
  readonly #clock: Clock
  readonly #figures: () => NodeFigures
  #timer: Timer | undefined
  #stopped = false
  #nodes: readonly NodeReport[] = []
  #cpu = process.cpuUsage()
  #cpuAt: number

  constructor(registry: Registry, clock: Clock, figures: () => NodeFigures) {
    this.#registry = registry
    this.#clock = clock
    this.#figures = figures
    this.#cpuAt = clock.now()
  }

  /** The nodes that lived when this one could last ask; itself as it is now. */
  get nodes(): readonly NodeReport[] {
    return this.#nodes
  }

  /** The nodes that live now, those of this very moment included. @throws NowcastError `unavailable` */
  async current(): Promise<readonly NodeReport[]> {
    return this.#registry.report(this.#ownReport(), LEASE_MS)
  }

  /** Reports now, and from now on. What fails is tried again with the next report. */
  async start(): Promise<void> {
    await this.#report()
    if (!this.#stopped) this.#timer = this.#clock.after(REPORT_MS, () => void this.start())
  }

  /** Tells the others that this node is gone. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#registry.leave(this.#figures().name).catch(() => {})
  }

  async #report(): Promise<void> {
    const report = this.#ownReport()
    try {
      this.#nodes = await this.#registry.report(report, LEASE_MS)
    } catch {
      // /health says what is down; the others are known as they were.
      this.#nodes = [report, ...this.#nodes.filter(({ name }) => name !== report.name)]
    }
  }

  #ownReport(): NodeReport {
    return { ...this.#figures(), cpu: this.#cpuShare(), rssBytes: process.memoryUsage.rss() }
  }

  /** Share of one core since the last report. */
  #cpuShare(): number {
    const now = this.#clock.now()
    const { user, system } = process.cpuUsage(this.#cpu)
    const share = (user + system) / 1_000 / Math.max(now - this.#cpuAt, 1)
    this.#cpu = process.cpuUsage()
    this.#cpuAt = now
    return Math.round(share * 100) / 100
  }
}
