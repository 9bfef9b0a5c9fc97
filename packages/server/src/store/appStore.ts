// The apps that the database keeps, beside those of the configuration.

/** A key and its secret. */
export interface StoredKey {
  /** Public; no other app has it. */
  readonly key: string
  readonly secret: string
}

/** An app as the database has it. */
export interface StoredApp {
  readonly id: string
  /** What people call it. */
  readonly name: string
  readonly enabled: boolean
  /** In place of what all apps share; not checked yet. */
  readonly policies: unknown
  /** Those that hold, the oldest first. */
  readonly keys: readonly StoredKey[]
}

/** Keeps apps. Every node hears of every change. Each method throws NowcastError `unavailable` while the database can't be reached. */
export interface AppStore {
  /** All apps by age, so many at most. */
  list(limit: number): Promise<readonly StoredApp[]>
  /** False when there is such an app, or one with this key. */
  create(app: { readonly id: string; readonly name: string }, pair: StoredKey): Promise<boolean>
  /** Adds a pair. False when there is no such app. */
  addKey(app: string, pair: StoredKey): Promise<boolean>
  /** From now on the key holds no more. `last`: it is the only one, and holds. */
  retireKey(app: string, key: string): Promise<'retired' | 'unknown' | 'last'>
  /** False when there is no such app. */
  setEnabled(app: string, enabled: boolean): Promise<boolean>
}
