// The apps that a node serves.
import type { App, Apps } from '../features/apps/app.ts'
import type { NodeParts } from './parts.ts'

/** The apps of a node. */
export function assembleApps({ config, access, publisher, lastEvents, presences, limits }: NodeParts): Apps {
  const { id, key, secret, keys, enabled } = config.app
  const { commands: commandLimits, connections: connectionLimits } = limits
  const app: App = {
    id,
    enabled,
    keys: [{ key, secret }, ...keys],
    pusher: config.app.pusher ?? config.pusher,
    features: { access, publisher, lastEvents, people: presences.people, commandLimits, connectionLimits },
  }
  return {
    byKey(asked) {
      const pair = app.keys.find((known) => known.key === asked)
      return pair && { app, secret: pair.secret }
    },
    byId: (asked) => (asked === app.id ? app : undefined),
    all: () => [app],
  }
}
