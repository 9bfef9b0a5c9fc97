// `nowcast token`: a signed token for a user, for trying things out.
import { defineCommand } from 'citty'
import { SignJWT } from 'jose'
import { loadConfig } from '../foundation/config/load.ts'
import { exitOnStartupError } from './failures.ts'

/** The `token` command. */
export const token = defineCommand({
  meta: { name: 'token', description: "Print a token for a user, signed with the app's secret." },
  args: {
    user: { type: 'positional', description: "The user's id", required: true },
    name: { type: 'string', description: 'The name that others see' },
    expires: { type: 'string', description: 'Lifetime, e.g. 15m, 1h, 30d', default: '1h' },
    config: { type: 'string', description: 'Configuration file' },
  },
  run: ({ args }) =>
    exitOnStartupError(async () => {
      const config = await loadConfig({
        directory: process.cwd(),
        environment: process.env,
        flags: {},
        ...(args.config === undefined ? {} : { file: args.config }),
      })
      const signed = await new SignJWT(args.name === undefined ? {} : { name: args.name })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(args.user)
        .setIssuedAt()
        .setExpirationTime(args.expires)
        .sign(new TextEncoder().encode(config.app.secret))
      process.stdout.write(`${signed}\n`)
    }),
})
