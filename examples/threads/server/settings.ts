// What the backend is told by its environment, checked once.
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)

const environment = z.object({
  THREADS_HOST: z.string().default('127.0.0.1'),
  THREADS_PORT: port.default(4_100),
  THREADS_DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'an address such as postgres://user@host/name'),
  THREADS_COOKIE_SECRET: z.string().min(32).optional(),
  NOWCAST_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:4000'),
  NOWCAST_APP_ID: z.string().default('1'),
  NOWCAST_APP_KEY: z.string().default('dev-key'),
  NOWCAST_APP_SECRET: z.string().default('dev-secret'),
})

/** Where the realtime server is, and how requests to it are signed. */
export interface RealtimeSettings {
  readonly url: string
  readonly appId: string
  readonly key: string
  readonly secret: string
}

/** All settings of the backend. */
export interface Settings {
  readonly host: string
  /** 0 takes any that is free. */
  readonly port: number
  readonly databaseUrl: string
  /** Signs cookies; without it one is made at the first start and kept in the database. */
  readonly cookieSecret: string | undefined
  readonly realtime: RealtimeSettings
}

/**
 * Reads the settings from environment variables.
 * @throws Error in one sentence naming the variable that is wrong
 */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = environment.safeParse(variables)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new Error(`The variable ${issue?.path.join('.')} is wrong: ${issue?.message}.`)
  }
  const { data } = parsed
  return {
    host: data.THREADS_HOST,
    port: data.THREADS_PORT,
    databaseUrl: data.THREADS_DATABASE_URL,
    cookieSecret: data.THREADS_COOKIE_SECRET,
    realtime: {
      url: data.NOWCAST_URL,
      appId: data.NOWCAST_APP_ID,
      key: data.NOWCAST_APP_KEY,
      secret: data.NOWCAST_APP_SECRET,
    },
  }
}
