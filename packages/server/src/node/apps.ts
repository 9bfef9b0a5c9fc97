// The apps of a node, and who of them hears what concerns one of them.
import type { ChannelNature } from '../core/channelFeed.ts'
import { AppRegistry } from '../features/apps/registry.ts'
import type { AnnouncementListener } from '../features/chat/announcements.ts'
import { type ChannelKey, splitChannelKey } from '../foundation/channelKey.ts'
import type { AppSettings } from '../foundation/config/apps.ts'
import type { StoreListener } from '../store/store.ts'
import type { AppParts } from './appParts.ts'
import type { SharedChat } from './chat.ts'
import { RunningApp } from './runningApp.ts'
import { added, type WebhookCounts } from './webhooks.ts'

/** The apps that a node serves. */
export type RunningApps = AppRegistry<RunningApp>

/** No apps yet. @param parts what all apps share; asked for when the first one comes */
export function createApps(
  { clock, log }: Pick<AppParts, 'clock' | 'log'>,
  parts: () => AppParts,
): RunningApps {
  const build = (settings: AppSettings) => new RunningApp(settings, parts())
  return new AppRegistry({ build, clock, log })
}

/** What a channel is: its app knows. */
export function natureOf(
  apps: RunningApps,
  key: ChannelKey,
  history: ChannelNature['history'],
): ChannelNature {
  const { app, channel } = splitChannelKey(key)
  const nature = apps.lingering(app)?.natureOf(channel)
  return nature ?? { history, relayed: false, tail: 0, latestOnly: false, urgent: false }
}

/** Tells each app what happens in its conversations. */
export function appAnnouncements(apps: RunningApps): AnnouncementListener {
  return {
    announced: (announcement) => apps.byId(announcement.app)?.announcements.announced(announcement),
    membersChanged: (app, conversation) => apps.byId(app)?.announcements.membersChanged(app, conversation),
  }
}

/** Tells each app of commits to its conversations. @param appsChanged called when the apps may be others by now */
export function storeListener(
  apps: RunningApps,
  { announcements }: SharedChat,
  appsChanged: () => void,
): StoreListener {
  return {
    committed(app, conversation, offset) {
      announcements.committed(app, conversation, offset)
      apps.lingering(app)?.chat.departures.committed(conversation)
    },
    resynchronize() {
      announcements.resynchronize()
      for (const { chat } of apps.all()) chat.departures.resynchronize()
      appsChanged()
    },
    appsChanged,
  }
}

/** The sum of a figure over all apps. */
export function sumOver(apps: RunningApps, figure: (app: RunningApp) => number): number {
  let sum = 0
  for (const app of apps.all()) sum += figure(app)
  return sum
}

/** The figures of all webhooks together; undefined where no app wants any. */
export function webhookCounts(apps: RunningApps): WebhookCounts | undefined {
  const counts = [...apps.all()].flatMap((app) => app.webhookCounts ?? [])
  return counts.length === 0 ? undefined : counts.reduce(added)
}
