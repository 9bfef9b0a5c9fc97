// The nowcast command.
import { defineCommand, runMain } from 'citty'
import { VERSION } from '../node/identity.ts'
import { app } from './app.ts'
import { start } from './start.ts'
import { token } from './token.ts'

const main = defineCommand({
  meta: { name: 'nowcast', version: VERSION, description: 'The realtime backend for your web app.' },
  subCommands: { start, token, app },
})

await runMain(main)
