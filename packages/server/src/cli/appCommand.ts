// What the commands about apps have in common: the configuration, the database behind it, and what they print.
import { randomBytes } from 'node:crypto'
import { NowcastError } from '@nowcast/protocol'
import { type AppSettings, configuredApps } from '../foundation/config/apps.ts'
import { loadConfig } from '../foundation/config/load.ts'
import { isAppId } from '../foundation/config/schema.ts'
import { createLogger } from '../foundation/log.ts'
import { StartupError } from '../foundation/startupError.ts'
import { findDatabase, openAppStore } from '../node/database.ts'
import type { AppStore, StoredKey } from '../store/appStore.ts'
import { exitOnStartupError } from './failures.ts'

/** What a command about apps works with. */
export interface Apps {
  readonly store: AppStore
  /** Those of the configuration, which only it can change. */
  readonly configured: readonly AppSettings[]
  newPair(): StoredKey
  /** Why nothing can be done with an app that the database does not have. */
  noApp(id: string): StartupError
}

/** A command about apps. @throws StartupError in one sentence why it can't be done */
export type AppCommand = (apps: Apps) => Promise<void>

/** Where the flags say that the database is. */
export interface AppFlags {
  readonly config?: string | undefined
  readonly data?: string | undefined
  readonly database?: string | undefined
}

const KEY_BYTES = 10
const SECRET_BYTES = 32

/** Runs a command on the database of the configuration, also while a server uses it. */
export function onApps({ config: file, data, database }: AppFlags, command: AppCommand): Promise<void> {
  return exitOnStartupError(async () => {
    const config = await loadConfig({
      directory: process.cwd(),
      environment: process.env,
      flags: { dataDir: data, 'database.url': database },
      ...(file === undefined ? {} : { file }),
    })
    const log = createLogger('fatal')
    const found = await findDatabase(config, log)
    try {
      const { store, close } = await openAppStore(config, found.url, log)
      try {
        const configured = configuredApps(config)
        await command({ store, configured, newPair, noApp: (id) => noApp(id, configured) })
      } finally {
        await close()
      }
    } catch (error) {
      throw error instanceof NowcastError ? new StartupError(error.message, { cause: error }) : error
    } finally {
      await found.close()
    }
  }, '')
}

/** @throws StartupError unless it may be the id of an app */
export function requireId(id: string): void {
  if (isAppId(id)) return
  throw new StartupError(`"${id}" can't be the id of an app: 1 to 64 letters, digits, _ or -.`)
}

/** Prints an app's new key and secret. */
export function printPair(app: string, { key, secret }: StoredKey): void {
  process.stdout.write(`App     ${app}\nKey     ${key}\nSecret  ${secret}\n`)
}

const newPair = (): StoredKey => ({
  key: randomBytes(KEY_BYTES).toString('hex'),
  secret: randomBytes(SECRET_BYTES).toString('base64url'),
})

function noApp(id: string, configured: readonly AppSettings[]): StartupError {
  return configured.some((app) => app.id === id)
    ? new StartupError(
        `The app "${id}" is in the configuration: change it there, and send the server a SIGHUP.`,
      )
    : new StartupError(`There is no app "${id}".`)
}
