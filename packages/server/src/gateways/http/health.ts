// What an operator and a load balancer ask: /health, /health/live, /health/ready and /metrics.
import type { FastifyInstance } from 'fastify'
import type { NodeReport } from '../../engine/registry.ts'
import type { Metrics } from '../../foundation/metrics.ts'

/** The state of one service that the node depends on. */
export interface ServiceHealth {
  readonly status: 'up' | 'down'
  readonly [detail: string]: unknown
}

/** The node's own view of itself. */
export interface Health {
  /** `degraded`: a service is down, what does not need it goes on. `draining`: about to stop. */
  readonly status: 'ok' | 'degraded' | 'draining'
  readonly node: string
  readonly version: string
  readonly uptimeMs: number
  readonly services: Readonly<Record<string, ServiceHealth>>
  readonly counts: Readonly<Record<string, number>>
  /** All nodes that live, this one included, as they last reported. */
  readonly nodes: readonly NodeReport[]
  /** In bytes. */
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly heapTotal: number }
}

/** Adds the health and metrics routes. */
export function healthRoutes(server: FastifyInstance, health: () => Promise<Health>, metrics: Metrics): void {
  server.get('/health', async (_request, reply) => {
    const current = await health()
    return reply.status(current.status === 'draining' ? 503 : 200).send(current)
  })
  server.get('/health/live', async () => ({ status: 'ok' }))
  server.get('/health/ready', async (_request, reply) => {
    const { status } = await health()
    return reply.status(status === 'ok' ? 200 : 503).send({ status })
  })
  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}
