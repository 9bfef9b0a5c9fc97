// An app, as gateways and features see it: a tenant with keys of its own, and the features that serve its users.
import type { PusherSettings } from '../../foundation/config/schema.ts'
import type { Access } from '../channels/access.ts'
import type { LastEvents } from '../channels/lastEvents.ts'
import type { Publisher } from '../channels/publishing.ts'
import type { CommandLimits } from '../limits/commandLimits.ts'
import type { ConnectionLimits } from '../limits/connectionLimits.ts'
import type { People } from '../people/people.ts'

/** What an app's clients and backend show who they are with. */
export interface AppKey {
  /** Public. */
  readonly key: string
  readonly secret: string
}

/** A tenant. */
export interface App {
  readonly id: string
  readonly enabled: boolean
  /** Those that hold now, the one that the server itself signs with first; never empty. */
  readonly keys: readonly [AppKey, ...AppKey[]]
  readonly pusher: PusherSettings
  readonly features: AppFeatures
}

/** The features of one app that every gateway may need. */
export interface AppFeatures {
  readonly access: Access
  readonly publisher: Publisher
  readonly lastEvents: LastEvents
  readonly people: People
  readonly commandLimits: CommandLimits
  readonly connectionLimits: ConnectionLimits
}

/** An app by one of its keys. */
export interface KeyedApp {
  readonly app: App
  /** The secret that belongs to the key. */
  readonly secret: string
}

/** Finds apps. Answers change while the server runs: ask each time, keep nothing. */
export interface Apps {
  /** The app that one of whose keys this is, disabled ones included; undefined for no app's key. */
  byKey(key: string): KeyedApp | undefined
  byId(id: string): App | undefined
  all(): Iterable<App>
}
