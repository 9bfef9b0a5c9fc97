// Puts the webhooks about channels together: every app's, with what the configuration says of them.
import type { Apps } from '../features/apps/app.ts'
import { type AppWebhookSettings, WebhooksByApp } from '../features/webhooks/webhooksByApp.ts'
import type { Config } from '../foundation/config/schema.ts'
import type { NodeParts } from './parts.ts'
import { type SettledNodesParts, settledNodes } from './settledNodes.ts'

/** What they are built from. */
export type ChannelWebhookParts = Pick<NodeParts, 'engine' | 'log'> &
  SettledNodesParts & { readonly apps: Apps }

/** Builds the webhooks about channels; apps that want none cost nothing. */
export function assembleChannelWebhooks(parts: ChannelWebhookParts): WebhooksByApp {
  const { apps, config, engine, clock, log, name, registration } = parts
  return new WebhooksByApp({
    node: name,
    nodes: () => settledNodes(parts),
    isAlive: (node) => registration.nodes.some((report) => report.name === node),
    *apps() {
      for (const { id } of apps.all()) yield id
    },
    settingsOf: (app) => settingsOf(app, apps, config),
    queues: engine.queues,
    limits: engine.limits,
    clock,
    log,
    random: Math.random,
  })
}

function settingsOf(id: string, apps: Apps, config: Config): AppWebhookSettings | undefined {
  const app = apps.byId(id)
  if (app === undefined) return undefined
  const configured = id === config.app.id ? config.app : config.apps.find((further) => further.id === id)
  const { timeout, retryFor } = configured?.webhooks ?? config.webhooks
  return { hooks: app.pusher.webhooks, key: app.keys[0], timeoutMs: timeout, retryForMs: retryFor }
}
