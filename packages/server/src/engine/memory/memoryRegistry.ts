// The registry of a node that is alone.
import type { NodeReport, Registry } from '../registry.ts'

/** Knows this node only. */
export class MemoryRegistry implements Registry {
  async report(report: NodeReport): Promise<readonly NodeReport[]> {
    return [report]
  }

  async leave(): Promise<void> {}
}
