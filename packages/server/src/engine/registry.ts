// The nodes of the cluster: each tells again and again that it lives, and how it is.

/** What a node tells of itself. */
export interface NodeReport {
  readonly name: string
  readonly version: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly status: 'ok' | 'degraded' | 'draining'
  readonly connections: number
  readonly channels: number
  /** Share of one core that the process used lately, 0 to about 1. */
  readonly cpu: number
  readonly rssBytes: number
}

/** Knows which nodes live. */
export interface Registry {
  /**
   * Tells that this node lives; it counts as dead when it has not told so for `leaseMs`.
   * @returns the latest report of every node that lives, by name
   * @throws NowcastError `unavailable`
   */
  report(report: NodeReport, leaseMs: number): Promise<readonly NodeReport[]>
  /** Tells that this node is gone. @throws NowcastError `unavailable` */
  leave(name: string): Promise<void>
}
