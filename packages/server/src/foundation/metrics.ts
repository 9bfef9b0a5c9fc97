// Counters and gauges of this node, in Prometheus' format. Hot paths count in plain numbers that are read when asked.
import type { ErrorCode } from '@nowcast/protocol'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** The node's metrics. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #refusals: Counter<'code'>
  readonly #limited: Counter<'limit'>

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
    this.#refusals = new Counter({
      name: 'nowcast_refusals_total',
      help: 'Errors told to clients, by code.',
      labelNames: ['code'],
      registers: [this.#registry],
    })
    this.#limited = new Counter({
      name: 'nowcast_limited_total',
      help: 'What limits refused, by limit.',
      labelNames: ['limit'],
      registers: [this.#registry],
    })
  }

  /** Counts an error told to a client. */
  refused(code: ErrorCode): void {
    this.#refusals.inc({ code })
  }

  /** Counts what a limit refused. @param limit its name in the configuration */
  limited(limit: string): void {
    this.#limited.inc({ limit })
  }

  /** Adds a figure that is read when asked for. */
  observe(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `nowcast_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read())
      },
    })
  }

  /** Adds figures that are read when asked for: one for each value of `label`. */
  observeBy(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    new Gauge({
      name: `nowcast_${name}`,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        for (const [value, figure] of Object.entries(read())) this.set({ [label]: value }, figure)
      },
    })
  }

  /** All metrics in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType
  }
}
