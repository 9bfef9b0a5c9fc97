// Collects latencies in microseconds and tells their percentiles in milliseconds.
import type { Latency } from '../processes/contracts.ts'

/** Samples kept at most; further ones are left out evenly by chance (reservoir sampling). */
const MAX_SAMPLES = 500_000

/** Latencies of one measurement. */
export class Latencies {
  #samples: number[] = []
  #seen = 0

  /** Adds a latency in microseconds. */
  add(micros: number): void {
    this.#seen += 1
    if (this.#samples.length < MAX_SAMPLES) {
      this.#samples.push(micros)
      return
    }
    const index = Math.floor(Math.random() * this.#seen)
    if (index < MAX_SAMPLES) this.#samples[index] = micros
  }

  /** What was collected. */
  summary(): Latency {
    const sorted = Float64Array.from(this.#samples).sort()
    const at = (share: number) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1e3
    return { samples: this.#seen, p50: at(0.5), p99: at(0.99), max: at(1) }
  }
}
