// The one schema of the configuration: file, environment and flags all end here. Every default stands in this file.
import { isChannelName, isText, limits } from '@nowcast/protocol'
import { z } from 'zod'
import { durationMs } from '../duration.ts'
import { rate } from '../rate.ts'
import type { ChannelPolicy, Rule } from './rules.ts'

const KIB = 1_024
const MIB = 1_048_576

/** The kinds of Pusher's webhooks. */
export const pusherWebhookEvents = [
  'channel_occupied',
  'channel_vacated',
  'member_added',
  'member_removed',
  'client_event',
  'cache_miss',
  'subscription_count',
] as const

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

const presence = z.strictObject({
  /** On a channel with more members than this, members are counted, and only a sample of them is listed. */
  maxListed: z.number().int().positive().default(200),
  /** Members in that sample. */
  sample: z.number().int().min(0).max(1_000).default(50),
  /** How often a large channel's count is told. */
  countInterval: durationMs.pipe(z.number().min(50)).default(1_000),
  /** Largest data of one member, in bytes of JSON. */
  maxDataBytes: z.number().int().min(0).default(KIB),
  /** How long changes of a channel's members wait to travel together. */
  batchWindow: durationMs.pipe(z.number().max(1_000)).default(50),
  /** How long a member whose connection ended may take to come back before others hear of it. */
  linger: durationMs.pipe(z.number().max(60_000)).default(2_000),
  /** How long the members of a node that died stay present. */
  lease: durationMs.pipe(z.number().min(1_000)).default(15_000),
})

const typing = z.strictObject({
  /** Who has not said so again for this long is not typing any more. */
  expiry: durationMs.pipe(z.number().min(1_000)).default(8_000),
  batchWindow: durationMs.pipe(z.number().max(1_000)).default(100),
  /** Users that are named; of further ones only the number is told. */
  maxListed: z.number().int().positive().default(10),
})

/** How often something may happen: `'60/min'`, `'20/h'`, `'1000/15min'`; false: as often as anybody likes. */
const limit = z.union([rate, z.literal(false)], 'a rate such as 60/min, 20/h or 1000/15min, or false')

const limitPolicies = z.strictObject({
  /** Messages that a user sends. */
  messages: limit.prefault('60/min'),
  /** Events that a user publishes; of those who have not signed in, all of one address together. */
  events: limit.default(false),
  /** Times that a user begins to type. */
  typing: limit.prefault('60/min'),
  /** Conversations that a user creates. */
  creations: limit.prefault('5/h'),
  /** Conversations that a user joins. */
  joins: limit.prefault('20/h'),
  /** Requests to the HTTP interface by one address. */
  http: limit.prefault('1000/15min'),
  /** New connections by one address. */
  connects: limit.prefault('600/min'),
  /** Messages and events of all users of the app together. */
  app: limit.default(false),
  /** Connections of one address at once; false: as many as there is room for. */
  connectionsPerAddress: z.union([z.number().int().positive(), z.literal(false)]).default(1_000),
})

const streams = z.strictObject({
  /** How long pieces of a streamed message wait to travel together. */
  window: durationMs.pipe(z.number().min(20).max(500)).default(50),
  /** Largest body of a streamed message. */
  maxBytes: z
    .number()
    .int()
    .positive()
    .max(MIB)
    .default(32 * KIB),
  /** A streamed message that nobody appended to for this long is completed as it is. */
  timeout: durationMs.pipe(z.number().min(1_000)).default(60_000),
})

const messageCache = z.strictObject({
  /** Newest messages of a conversation that are kept; 0 keeps none. */
  messages: z.number().int().min(0).max(500).default(100),
  ttl: durationMs.default(900_000),
  /** The same for conversations in which something was sent lately. */
  activeTtl: durationMs.default(3_600_000),
})

const webhooks = z.strictObject({
  /** Where the application hears of messages to users who are offline; without it nothing is sent. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  timeout: durationMs.default(5_000),
  /** How long a request that fails is tried again. */
  retryFor: durationMs.default(300_000),
})

const pusherWebhook = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** Those that are told of; without it all are. */
  events: z.array(z.enum(pusherWebhookEvents)).min(1).optional(),
})

/** What holds for clients and backends that speak Pusher's protocol. The defaults are Pusher's own. */
const pusher = z.strictObject({
  /** Whether clients are served only through TLS; a proxy that ends it must be one of `trustProxy`. */
  requireTls: z.boolean().default(false),
  /** Whether clients may send events of their own (`client-…`) on private and presence channels. */
  clientEvents: z.boolean().default(true),
  /** How many of those one connection may send. */
  clientEventRate: limit.prefault('10/1s'),
  /** Whether subscribers of a channel are told how many there are. */
  subscriptionCounts: z.boolean().default(false),
  /** A connection that was silent for this long is asked whether it is there, by client or server. */
  activityTimeout: durationMs.pipe(z.number().min(1_000)).default(120_000),
  /** How long the answer to that may take. */
  pongTimeout: durationMs.pipe(z.number().min(100)).default(30_000),
  /** Characters of a channel's name. */
  maxChannelLength: z.number().int().min(1).max(limits.channelLength).default(limits.channelLength),
  /** Characters of an event's name. */
  maxEventNameLength: z.number().int().min(1).max(limits.eventNameLength).default(limits.eventNameLength),
  /** Largest data of one event, in bytes. */
  maxEventBytes: z
    .number()
    .int()
    .positive()
    .default(10 * KIB),
  /** Channels of one event. */
  maxChannelsPerEvent: z.number().int().positive().max(1_000).default(100),
  /** Events of one batch. */
  maxBatch: z.number().int().positive().max(1_000).default(10),
  /** Members of a presence channel; further users are refused. */
  maxMembers: z.number().int().positive().default(100),
  /** Largest `user_info` of a member, in bytes of JSON. */
  maxMemberBytes: z.number().int().min(2).default(KIB),
  /** Characters of a user's id. */
  maxUserIdLength: z.number().int().min(1).max(limits.idLength).default(limits.idLength),
  /** Users on a watchlist. */
  maxWatchlist: z.number().int().min(0).max(1_000).default(100),
  /** How long a cache channel keeps its last event. */
  cacheTtl: durationMs.default(1_800_000),
  /** How long a channel or member may be gone before webhooks tell of it. */
  linger: durationMs.pipe(z.number().max(60_000)).default(3_000),
  webhooks: z.array(pusherWebhook).max(20).default([]),
})

const keyPair = z.strictObject({
  /** Public. */
  key: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, '1 to 128 letters, digits, _ or -'),
  /** Signs tokens (HS256) and requests of the application's backend. */
  secret: z.string().min(1),
})

/** What may differ between apps: where an app has one of these, it stands in place of the shared one as a whole. */
const appPolicies = {
  channels: z.record(z.string(), channelPolicy).optional(),
  limits: limitPolicies.optional(),
  webhooks: webhooks.optional(),
  pusher: pusher.optional(),
}

/** An app's policies as the database keeps them, in JSON: rules are true, false or 'user' there. */
export const appPoliciesSchema = z.strictObject(appPolicies)

/** What an app may have in place of what all apps share. */
export type AppPolicies = z.output<typeof appPoliciesSchema>

/** A key and its secret. */
export type KeyPair = z.output<typeof keyPair>

const appId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, _ or -')

/** Whether a text can be the id of an app. */
export const isAppId = (text: string): boolean => appId.safeParse(text).success

const appFields = {
  /** Further pairs that hold as well, as long as keys are being changed. */
  keys: z.array(keyPair).max(10).default([]),
  /** Connections and requests of an app that is disabled are refused. */
  enabled: z.boolean().default(true),
  ...appPolicies,
}

/** The app of those who name none. */
const app = z.strictObject({
  /** Names the app in URLs and in the database. */
  id: appId.default('1'),
  key: keyPair.shape.key.default('dev-key'),
  secret: keyPair.shape.secret.default('dev-secret'),
  ...appFields,
})

const furtherApp = z.strictObject({ id: appId, ...keyPair.shape, ...appFields })

const conversations = z.strictObject({
  maxBodyBytes: z.number().int().positive().max(2_048).default(2_048),
  maxMembers: z.number().int().min(2).max(10_000).default(100),
  /** How long receipts of a conversation wait to be stored and told together. */
  receiptWindow: durationMs.pipe(z.number().min(10).max(10_000)).default(300),
  /** How far back an inbox reaches. */
  inboxTtl: durationMs.default(86_400_000),
  streams: streams.prefault({}),
  cache: messageCache.prefault({}),
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

const installation = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(4_000),
  /** Where the embedded database and this node's own files live. */
  dataDir: z.string().default('.nowcast'),
  app: app.prefault({}),
  /** Further apps, each with users, channels and conversations of its own. Those of the database are added to them. */
  apps: z.array(furtherApp).max(1_000).default([]),
  tokens: tokens.prefault({}),
  connections: connections.prefault({}),
  channels: z.record(z.string(), channelPolicy).default({}),
  presence: presence.prefault({}),
  typing: typing.prefault({}),
  conversations: conversations.prefault({}),
  limits: limitPolicies.prefault({}),
  webhooks: webhooks.prefault({}),
  pusher: pusher.prefault({}),
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
  /** Proxies in front of the server whose `X-Forwarded-For` is believed: how many, or their addresses. False: none. */
  trustProxy: z.union([z.number().int().min(1), z.array(z.string()).min(1), z.literal(false)]).default(false),
  /** How long connections have to move elsewhere when the node stops. */
  drainTimeout: durationMs.default(5_000),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

/** The schema of the configuration. */
export const configSchema = installation.superRefine(({ app, apps }, context) => {
  const ids = new Set([app.id])
  const keys = new Set([app.key, ...app.keys.map(({ key }) => key)])
  for (const [index, { id, key, keys: further }] of apps.entries()) {
    const mistake = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['apps', index, field], message })
    if (ids.has(id)) mistake('id', `there are two apps ${id}`)
    ids.add(id)
    for (const { key: each } of [{ key }, ...further]) {
      if (keys.has(each)) mistake('key', `the key ${each} belongs to two apps, or twice to one`)
      keys.add(each)
    }
  }
})

/** The configuration, complete and validated. */
export type Config = z.output<typeof configSchema>

/** The configuration as an application writes it: everything may be left out. */
export type ConfigInput = Omit<z.input<typeof configSchema>, 'channels'> & {
  /** Policies by pattern: `:name` matches a part and names it, `*` matches the rest. The first that matches holds. */
  readonly channels?: Readonly<Record<string, ChannelPolicy>>
}

/** An app as the configuration has it. */
export type AppConfig = Config['app']

/** What holds for clients and backends that speak Pusher's protocol. */
export type PusherSettings = Config['pusher']

/** A channel's policy with its defaults. */
export type ResolvedChannelPolicy = z.output<typeof channelPolicy>
