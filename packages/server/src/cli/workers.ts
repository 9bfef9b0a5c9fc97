// `nowcast start --workers N`: one node in each of N processes, all on one port. This process only watches over them:
// starts again what dies, replaces one after another on SIGHUP, and ends them all with itself.
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'

const MIN_RESTART_MS = 100
const MAX_RESTART_MS = 10_000
/** A worker that lived so long had no fault of its start. */
const HEALTHY_AFTER_MS = 30_000

/** What a worker tells the process that watches over it. */
export interface WorkerReport {
  readonly kind: 'serving' | 'failed'
  /** The address, or why it can't serve. */
  readonly text: string
}

/** Starts and watches over workers. */
export class Workers {
  readonly #environment: Readonly<Record<string, string>>
  readonly #say: (sentence: string) => void
  #stopping = false
  #replacing: Promise<void> | undefined
  #restartMs = MIN_RESTART_MS

  /**
   * @param environment what the workers get besides this process' own environment
   * @param say tells the operator
   */
  constructor(environment: Readonly<Record<string, string>>, say: (sentence: string) => void) {
    this.#environment = environment
    this.#say = say
  }

  /**
   * Starts `count` workers.
   * @returns the address that all of them serve
   * @throws Error with a worker's reason when it can't serve
   */
  async start(count: number): Promise<string> {
    const addresses = await Promise.all(Array.from({ length: count }, () => this.#startOne()))
    return addresses[0] ?? ''
  }

  /** Replaces the workers one after another: a new one serves before the old one lets its clients go. */
  replace(): Promise<void> {
    this.#replacing ??= this.#replaceAll().finally(() => {
      this.#replacing = undefined
    })
    return this.#replacing
  }

  /** Tells all workers to stop, and waits until they have. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(running().map(end))
  }

  /** Ends all workers at once. */
  kill(): void {
    for (const worker of running()) worker.process.kill('SIGKILL')
  }

  async #replaceAll(): Promise<void> {
    this.#say('Replacing the workers, one after another.')
    for (const old of running()) {
      if (this.#stopping) return
      try {
        await this.#startOne()
      } catch (error) {
        this.#say(`A new worker does not start, so the others stay: ${String(error)}`)
        return
      }
      await end(old)
    }
    this.#say('All workers are replaced.')
  }

  async #startOne(): Promise<string> {
    const startedAt = Date.now()
    const worker = cluster.fork(this.#environment)
    const address = await serving(worker)
    worker.once('exit', () => {
      if (this.#stopping || worker.exitedAfterDisconnect) return
      if (Date.now() - startedAt > HEALTHY_AFTER_MS) this.#restartMs = MIN_RESTART_MS
      this.#say(`A worker (process ${worker.process.pid}) has ended; starting another.`)
      this.#startAgain()
    })
    return address
  }

  #startAgain(): void {
    const delayMs = this.#restartMs
    this.#restartMs = Math.min(this.#restartMs * 2, MAX_RESTART_MS)
    setTimeout(() => {
      if (this.#stopping) return
      this.#startOne().catch((error: unknown) => {
        this.#say(`A worker does not start: ${String(error)}`)
        this.#startAgain()
      })
    }, delayMs).unref()
  }
}

const running = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)

/** Resolves with the address when the worker serves. */
function serving(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.on('message', ({ kind, text }: WorkerReport) => {
      if (kind === 'serving') resolve(text)
      else reject(new Error(text))
    })
    worker.once('exit', (code) => reject(new Error(`it ended with code ${code} before it served`)))
  })
}

/** Tells a worker to stop as an operator would. */
async function end(worker: Worker): Promise<void> {
  if (worker.isDead()) return
  worker.exitedAfterDisconnect = true
  const exited = once(worker, 'exit')
  worker.process.kill('SIGTERM')
  await exited
}
