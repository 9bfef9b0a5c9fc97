// Puts the webhooks about channels together: every app's, with what its settings say of them.
import { type AppWebhookSettings, WebhooksByApp } from '../features/webhooks/webhooksByApp.ts'
import type { NodeParts } from './parts.ts'
import type { RunningApp } from './runningApp.ts'
import { settledNodes } from './settledNodes.ts'

/** Builds the webhooks about channels; apps that want none cost nothing. */
export function assembleChannelWebhooks(parts: NodeParts): WebhooksByApp {
  const { apps, engine, clock, log, name, registration } = parts
  return new WebhooksByApp({
    node: name,
    nodes: () => settledNodes(parts),
    isAlive: (node) => registration.nodes.some((report) => report.name === node),
    *apps() {
      for (const { id } of apps.all()) yield id
    },
    settingsOf(id) {
      const app = apps.byId(id)
      return app && settingsOf(app)
    },
    queues: engine.queues,
    limits: engine.limits,
    clock,
    log,
    random: Math.random,
  })
}

function settingsOf({ pusher, keys, webhooks }: RunningApp): AppWebhookSettings {
  const { timeout, retryFor } = webhooks
  return { hooks: pusher.webhooks, key: keys[0], timeoutMs: timeout, retryForMs: retryFor }
}
