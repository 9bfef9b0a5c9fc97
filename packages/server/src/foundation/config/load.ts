// Brings together the configuration's sources: defaults < file < environment < flags. A mistake is one clear
// sentence that names the source and the key.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { createJiti } from 'jiti'
import { StartupError } from '../startupError.ts'
import { type Config, type ConfigInput, configSchema } from './schema.ts'

type Tree = { [key: string]: unknown }

const DEFAULT_FILE = 'nowcast.config.ts'

/** Environment variables and the keys that they set. */
export const environmentKeys = {
  NOWCAST_HOST: 'host',
  NOWCAST_PORT: 'port',
  NOWCAST_DATA_DIR: 'dataDir',
  NOWCAST_DATABASE_URL: 'database.url',
  NOWCAST_REDIS_URL: 'redis.url',
  NOWCAST_APP_ID: 'app.id',
  NOWCAST_APP_KEY: 'app.key',
  NOWCAST_APP_SECRET: 'app.secret',
  NOWCAST_JWKS: 'tokens.jwks',
  NOWCAST_TRUST_PROXY: 'trustProxy',
  NOWCAST_LOG_LEVEL: 'logLevel',
} as const

/** Where a configuration comes from. */
export interface ConfigSources {
  /** Folder that the file's name and `dataDir` are relative to. */
  readonly directory: string
  /** Path of the file; without it `nowcast.config.ts` is used when it exists. */
  readonly file?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Values by dotted key, e.g. `database.url`. */
  readonly flags: Readonly<Record<string, string | undefined>>
}

/**
 * Types and checks nothing by itself: it helps the editor of `nowcast.config.ts`.
 * @returns the same configuration
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config
}

/**
 * Validates a configuration and fills in defaults.
 * @param source what to name in errors
 * @throws StartupError naming the offending key
 */
export function parseConfig(input: unknown, source = 'the configuration'): Config {
  const parsed = configSchema.safeParse(input)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const key = issue?.path.join('.') ?? ''
  const unknown =
    issue?.code === 'unrecognized_keys' ? issue.keys.map((name) => [key, name].filter(Boolean).join('.')) : []
  const where = unknown.length > 0 ? unknown.join(', ') : key || '(root)'
  const what = unknown.length > 0 ? 'there is no such setting' : (issue?.message ?? 'it is not valid')
  throw new StartupError(`Mistake in ${source}: "${where}": ${what}.`)
}

/**
 * Loads the configuration from all its sources.
 * @throws StartupError naming the source and the offending key
 */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const file = await readFile(sources)
  const environment: Tree = {}
  for (const [variable, key] of Object.entries(environmentKeys)) {
    assign(environment, key, sources.environment[variable])
  }
  const flags: Tree = {}
  for (const [key, value] of Object.entries(sources.flags)) assign(flags, key, value)
  const config = parseConfig(
    merge(merge(file.tree, environment), flags),
    file.path === undefined ? 'the flags or environment' : `${file.path}, the flags or environment`,
  )
  return { ...config, dataDir: resolve(sources.directory, config.dataDir) }
}

async function readFile(sources: ConfigSources): Promise<{ tree: Tree; path: string | undefined }> {
  const path = resolve(sources.directory, sources.file ?? DEFAULT_FILE)
  if (!existsSync(path)) {
    if (sources.file !== undefined) throw new StartupError(`There is no configuration file at ${path}.`)
    return { tree: {}, path: undefined }
  }
  let loaded: unknown
  try {
    loaded = await createJiti(import.meta.url, { interopDefault: true, moduleCache: false }).import(path, {
      default: true,
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new StartupError(`The configuration file ${path} can't be read: ${reason}`, { cause })
  }
  if (!isTree(loaded))
    throw new StartupError(`The configuration file ${path} must export a configuration as default.`)
  parseConfig(loaded, path)
  return { tree: loaded, path }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Settings that are numbers, although a variable or a flag is always text. */
const NUMBERS: ReadonlySet<string> = new Set(['port', 'trustProxy'])

/** Sets a dotted key. */
function assign(tree: Tree, key: string, value: string | undefined): void {
  if (value === undefined) return
  const [head = '', ...rest] = key.split('.')
  if (rest.length === 0) {
    tree[head] = NUMBERS.has(key) && /^\d+$/.test(value) ? Number(value) : value
    return
  }
  const inner = isTree(tree[head]) ? tree[head] : {}
  tree[head] = inner
  assign(inner, rest.join('.'), value)
}

function merge(base: Tree, over: Tree): Tree {
  const merged: Tree = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const current = merged[key]
    merged[key] = isTree(current) && isTree(value) ? merge(current, value) : value
  }
  return merged
}
