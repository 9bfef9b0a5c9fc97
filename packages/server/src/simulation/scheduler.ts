// Simulated time: what is due runs in order, one thing after the other, and between two of them every promise settles.

/** Something that is to happen. */
export interface Scheduled {
  readonly at: number
  cancel(): void
}

interface Entry {
  readonly at: number
  readonly order: number
  run: (() => void) | undefined
}

/** Runs what is due, in the order of time; what is due at the same time in the order of scheduling. */
export class Scheduler {
  #now = 0
  #order = 0
  #steps = 0
  readonly #heap: Entry[] = []

  /** Milliseconds since the simulation began; not a whole number. */
  get now(): number {
    return this.#now
  }

  /** Things that have happened. */
  get steps(): number {
    return this.#steps
  }

  /** Calls `run` once after `delayMs`. */
  after(delayMs: number, run: () => void): Scheduled {
    const entry: Entry = { at: this.#now + Math.max(delayMs, 0), order: this.#order++, run }
    this.#push(entry)
    return {
      at: entry.at,
      cancel: () => {
        entry.run = undefined
      },
    }
  }

  /** Lets time pass until `end`, or until `stopped` says so. */
  async runUntil(end: number, stopped: () => boolean): Promise<void> {
    await settled()
    while (!stopped()) {
      const next = this.#heap[0]
      if (next === undefined || next.at > end) break
      this.#pop()
      const { run } = next
      if (run === undefined) continue
      this.#now = next.at
      this.#steps += 1
      run()
      await settled()
    }
    this.#now = Math.max(this.#now, end)
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let index = heap.push(entry) - 1
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || !isBefore(entry, parent)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      let childIndex = index * 2 + 1
      let child = heap[childIndex]
      if (child === undefined) break
      const right = heap[childIndex + 1]
      if (right !== undefined && isBefore(right, child)) {
        child = right
        childIndex += 1
      }
      if (!isBefore(child, last)) break
      heap[index] = child
      index = childIndex
    }
    heap[index] = last
  }
}

const isBefore = (one: Entry, other: Entry) =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

/** Resolves when no promise is left to settle: Node.js goes on with ticks only when all microtasks have run. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
