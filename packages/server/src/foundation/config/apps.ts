// What is configured of each app, complete: its own policies where it has some, and otherwise those that all apps share.
import {
  type AppConfig,
  type AppPolicies,
  appPoliciesSchema,
  type Config,
  type KeyPair,
  type PusherSettings,
} from './schema.ts'

/** Everything that is configured of one app. */
export interface AppSettings {
  readonly id: string
  readonly enabled: boolean
  /** Those that hold, the one that the server itself signs with first. */
  readonly keys: readonly [KeyPair, ...KeyPair[]]
  readonly channels: Config['channels']
  readonly limits: Config['limits']
  /** Whether the limits are its own rather than those that all apps share. */
  readonly hasOwnLimits: boolean
  readonly webhooks: Config['webhooks']
  readonly pusher: PusherSettings
}

/** The part of a configuration that apps have policies from where they have none of their own. */
export type SharedPolicies = Pick<Config, 'channels' | 'limits' | 'webhooks' | 'pusher'>

/** The apps of a configuration, the one of those who name none first. */
export function configuredApps(config: Config): readonly [AppSettings, ...AppSettings[]] {
  const settings = (app: AppConfig): AppSettings =>
    appSettings({ ...app, keys: [{ key: app.key, secret: app.secret }, ...app.keys], policies: app }, config)
  return [settings(config.app), ...config.apps.map(settings)]
}

/** An app's settings. @param shared what holds where it has no policies of its own */
export function appSettings(
  app: Pick<AppSettings, 'id' | 'enabled' | 'keys'> & { readonly policies: AppPolicies },
  shared: SharedPolicies,
): AppSettings {
  const { id, enabled, keys, policies } = app
  return {
    id,
    enabled,
    keys,
    channels: policies.channels ?? shared.channels,
    limits: policies.limits ?? shared.limits,
    hasOwnLimits: policies.limits !== undefined,
    webhooks: policies.webhooks ?? shared.webhooks,
    pusher: policies.pusher ?? shared.pusher,
  }
}

/** An app's policies, or the mistake in them in a few words. */
export type ParsedPolicies =
  | { readonly policies: AppPolicies; readonly mistake?: undefined }
  | { readonly mistake: string }

/** Reads the policies of an app as the database keeps them. */
export function parseAppPolicies(json: unknown): ParsedPolicies {
  const parsed = appPoliciesSchema.safeParse(json)
  if (parsed.success) return { policies: parsed.data }
  const issue = parsed.error.issues[0]
  return { mistake: `"policies.${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'it is not valid'}` }
}
