// The one schema of the configuration: file, environment and flags all end here. Every default stands in this file.
import { isChannelName, isText, limits } from '@nowcast/protocol'
import { z } from 'zod'
import { durationMs } from '../duration.ts'
import type { ChannelPolicy, Rule } from './rules.ts'

const KIB = 1_024
const MIB = 1_048_576

const rule = z.custom<Rule>(
  (value) => typeof value === 'boolean' || value === 'user' || typeof value === 'function',
  "true, false, 'user' or a function",
)

const historyPolicy = z.strictObject({
  size: z.number().int().min(0).max(10_000).default(100),
  ttl: durationMs.default(300_000),
})

const channelPolicy = z.strictObject({
  subscribe: rule.optional(),
  publish: rule.optional(),
  readHistory: rule.optional(),
  history: z.union([historyPolicy, z.literal(false)]).optional(),
  latestOnly: z.boolean().default(false),
  urgent: z.boolean().default(false),
})

const app = z.strictObject({
  /** Names the app in URLs and in the database. */
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, _ or -')
    .default('1'),
  /** Public. */
  key: z.string().min(1).default('dev-key'),
  /** Signs tokens (HS256) and requests of the application's backend. */
  secret: z.string().min(1).default('dev-secret'),
})

const tokens = z.strictObject({
  /** Address of a JSON Web Key Set whose RS256 and ES256 keys may sign tokens. */
  jwks: z.url().optional(),
  /** PEM-encoded public keys that may sign tokens with RS256 or ES256. */
  publicKeys: z.array(z.string()).default([]),
  /** When set, tokens must carry it. */
  issuer: z.string().optional(),
  /** When set, tokens must carry it. */
  audience: z.string().optional(),
  /** Whether connections without a token are served. */
  anonymous: z.boolean().default(true),
})

const connections = z.strictObject({
  /** Connections of this node; further ones are refused. */
  max: z.number().int().positive().default(100_000),
  /** Time for the first command. */
  connectTimeout: durationMs.default(5_000),
  heartbeat: durationMs.default(30_000),
  maxFrameBytes: z
    .number()
    .int()
    .min(KIB)
    .default(64 * KIB),
  maxSubscriptions: z.number().int().positive().default(1_000),
  /** Commands of one connection that may be under way at once. */
  maxPendingCommands: z.number().int().positive().default(1_000),
  /** A connection that is further behind is closed and recovers when it comes back. */
  maxOutboxBytes: z.number().int().positive().default(MIB),
  /**
   * Events of at least so many bytes are compressed for clients that offer it (RFC 7692); false: none are. It saves
   * bandwidth and costs memory: each client that sends compressed frames needs an inflater of its own.
   */
  compressFromBytes: z.union([z.number().int().min(0), z.literal(false)]).default(false),
  /** How long events wait to travel together; 0 is one turn of the event loop. */
  batchWindow: durationMs.pipe(z.number().max(100)).default(0),
})

const conversations = z.strictObject({
  maxBodyBytes: z.number().int().positive().max(2_048).default(2_048),
  maxMembers: z.number().int().min(2).max(10_000).default(100),
  /** Open conversations that exist from the start: name by id. */
  seed: z
    .record(
      z
        .string()
        .max(limits.idLength)
        .refine(
          (id) => isChannelName(id) && !id.startsWith('dm-'),
          'ids are letters, digits and _-=@,.;:/#, and do not start with dm-',
        ),
      z.string().min(1).max(100).refine(isText, 'whole characters, none of them U+0000'),
    )
    .default({}),
})

const database = z.strictObject({
  /** Address of an external PostgreSQL; without it an embedded one is started. */
  url: z
    .string()
    .refine(
      (url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url),
      'an address such as postgres://user@host/name',
    )
    .optional(),
  pool: z.number().int().min(2).default(20),
  statementTimeout: durationMs.default(5_000),
  idleTimeout: durationMs.default(30_000),
})

const redis = z.strictObject({
  /** Address of the Redis or Valkey that all nodes share; without it this node is alone. */
  url: z
    .string()
    .regex(/^rediss?(\+sentinel|\+cluster)?:\/\//, 'an address such as redis://host:6379')
    .optional(),
  /** Begins the names of all keys, so that several installations can share a Redis. */
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, '1 to 64 letters, digits, _ . or -')
    .default('nowcast'),
})

/** The schema of the configuration. */
export const configSchema = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(4_000),
  /** Where the embedded database and this node's own files live. */
  dataDir: z.string().default('.nowcast'),
  app: app.prefault({}),
  tokens: tokens.prefault({}),
  connections: connections.prefault({}),
  channels: z.record(z.string(), channelPolicy).default({}),
  conversations: conversations.prefault({}),
  database: database.prefault({}),
  redis: redis.prefault({}),
  /** Folders of built pages, by the path that they are served at, e.g. `/chat/`. Relative to the working folder. */
  pages: z.record(z.string().regex(/^\/([\w.~-]+\/)+$/, 'a path such as /chat/'), z.string()).default({}),
  /** Largest data of one event, in bytes of JSON. */
  maxEventBytes: z
    .number()
    .int()
    .positive()
    .default(32 * KIB),
  /** How long connections have to move elsewhere when the node stops. */
  drainTimeout: durationMs.default(5_000),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

/** The configuration, complete and validated. */
export type Config = z.output<typeof configSchema>

/** The configuration as an application writes it: everything may be left out. */
export type ConfigInput = Omit<z.input<typeof configSchema>, 'channels'> & {
  /** Policies by pattern: `:name` matches a part and names it, `*` matches the rest. The first that matches holds. */
  readonly channels?: Readonly<Record<string, ChannelPolicy>>
}

/** A channel's policy with its defaults. */
export type ResolvedChannelPolicy = z.output<typeof channelPolicy>
