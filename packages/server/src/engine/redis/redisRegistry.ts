// The registry of all nodes that share a Redis.
import type { NodeReport, Registry } from '../registry.ts'
import { singleKeyOf } from './keys.ts'
import type { RedisLink } from './link.ts'
import { senseless } from './reply.ts'

/** Knows the nodes that share a Redis. */
export class RedisRegistry implements Registry {
  readonly #link: RedisLink
  readonly #key: string

  /** @param prefix begins the names of all keys */
  constructor(link: RedisLink, prefix: string) {
    this.#link = link
    this.#key = singleKeyOf(prefix, 'registry', 'nodes')
  }

  async report(report: NodeReport, leaseMs: number): Promise<readonly NodeReport[]> {
    const reply = await this.#link.run(
      'registry',
      [this.#key],
      [report.name, leaseMs, JSON.stringify(report)],
    )
    if (!Array.isArray(reply)) throw senseless()
    const reports: NodeReport[] = reply.map((text) => JSON.parse(String(text)))
    return reports.sort((one, other) => one.name.localeCompare(other.name))
  }

  async leave(name: string): Promise<void> {
    await this.#link.run('registry', [this.#key], [name, 0, ''])
  }
}
