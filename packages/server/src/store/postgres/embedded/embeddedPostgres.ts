// An embedded PostgreSQL for as long as the node runs: started or found, restarted when it dies, ended with the node.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { Clock, Timer } from '../../../foundation/clock.ts'
import type { Logger } from '../../../foundation/log.ts'
import { isAlive } from '../../../foundation/processes.ts'
import { type Account, findAccount } from './account.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { type Cluster, findCluster, prepareCluster } from './cluster.ts'
import { findPlacement } from './placement.ts'
import {
  addressOf,
  adoptPostmaster,
  endPostmaster,
  findPostmaster,
  type Postmaster,
  startPostmaster,
} from './postmaster.ts'

const WATCH_MS = 100
const MAX_RETRY_MS = 2_000

/** A supervised PostgreSQL on this machine. */
export class EmbeddedPostgres {
  readonly #cluster: Cluster
  readonly #binaries: Binaries
  readonly #account: Account
  readonly #clock: Clock
  readonly #log: Logger
  #postmaster: Postmaster
  #watching: Timer | undefined
  #restarting: Promise<void> | undefined
  #stopped = false

  private constructor(
    parts: { readonly cluster: Cluster; readonly binaries: Binaries; readonly account: Account },
    postmaster: Postmaster,
    clock: Clock,
    log: Logger,
  ) {
    this.#cluster = parts.cluster
    this.#binaries = parts.binaries
    this.#account = parts.account
    this.#postmaster = postmaster
    this.#clock = clock
    this.#log = log
    this.#watch()
  }

  /**
   * Brings up the PostgreSQL whose files are in `dataDir`, made when missing.
   * @throws StartupError in one sentence why it can't
   */
  static async start(dataDir: string, clock: Clock, log: Logger): Promise<EmbeddedPostgres> {
    const account = findAccount()
    const { folder, binaries } = findPlacement(dataDir, await findBinaries(), account)
    const cluster = await prepareCluster(folder, binaries, account)
    const postmaster =
      (await adoptPostmaster(cluster)) ??
      (await startPostmaster(cluster, await freePort(), binaries, account))
    return new EmbeddedPostgres({ cluster, binaries, account }, postmaster, clock, log)
  }

  /** The address of the PostgreSQL that runs on the files in `dataDir` now, for one who only looks in. */
  static async find(dataDir: string): Promise<string | undefined> {
    const account = findAccount()
    const { folder } = findPlacement(dataDir, await findBinaries(), account)
    const cluster = findCluster(folder)
    const postmaster = cluster && (await findPostmaster(cluster))
    return cluster && postmaster && addressOf(cluster, postmaster.port)
  }

  /** Its address; the same for as long as this runs. */
  get url(): string {
    return addressOf(this.#cluster, this.#postmaster.port)
  }

  /** Where it is, for people; holds no password. */
  get description(): string {
    return `embedded PostgreSQL 18 on 127.0.0.1:${this.#postmaster.port}, data in ${this.#cluster.folder}`
  }

  /** Ends it, everything written. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#watching?.cancel()
    await this.#restarting
    await endPostmaster(this.#postmaster.pid, 'SIGINT')
  }

  #watch(): void {
    if (this.#stopped) return
    this.#watching = this.#clock.after(WATCH_MS, () => {
      if (isAlive(this.#postmaster.pid)) this.#watch()
      else this.#restarting = this.#restart()
    })
  }

  async #restart(): Promise<void> {
    const { port } = this.#postmaster
    this.#log.error('the embedded PostgreSQL ended unexpectedly; starting it again')
    for (let delayMs = WATCH_MS; !this.#stopped; delayMs = Math.min(delayMs * 2, MAX_RETRY_MS)) {
      try {
        await adoptPostmaster(this.#cluster)
        this.#postmaster = await startPostmaster(this.#cluster, port, this.#binaries, this.#account)
        this.#log.info('the embedded PostgreSQL is back')
        this.#watch()
        return
      } catch (error) {
        this.#log.warn({ error }, 'the embedded PostgreSQL could not be started again; trying once more')
        await new Promise<void>((resolve) => this.#clock.after(delayMs, resolve))
      }
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
