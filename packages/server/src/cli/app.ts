// `nowcast app`: the apps of the database, also while the server runs: it hears of every change.
import { defineCommand } from 'citty'
import { StartupError } from '../foundation/startupError.ts'
import { type AppCommand, type Apps, onApps, printPair, requireId } from './appCommand.ts'

const connection = {
  config: { type: 'string', description: 'Configuration file (default: nowcast.config.ts)' },
  data: { type: 'string', description: 'Folder of the embedded database (default: .nowcast)' },
  database: { type: 'string', description: 'Use this PostgreSQL: postgres://user:password@host/name' },
} as const
const id = { type: 'positional', description: "The app's id", required: true } as const

const create = defineCommand({
  meta: { name: 'create', description: 'Create an app; prints its key and secret.' },
  args: { id, name: { type: 'string', description: 'What people call it (default: its id)' }, ...connection },
  run: ({ args }) =>
    onApps(args, async ({ store, configured, newPair }) => {
      requireId(args.id)
      const pair = newPair()
      const taken = new StartupError(`There is an app "${args.id}" already.`)
      if (configured.some((app) => app.id === args.id)) throw taken
      if (!(await store.create({ id: args.id, name: args.name ?? args.id }, pair))) throw taken
      printPair(args.id, pair)
    }),
})

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the apps of the configuration and of the database, with their keys.',
  },
  args: connection,
  run: ({ args }) =>
    onApps(args, async (apps) => {
      process.stdout.write((await describe(apps)).map((line) => `${line}\n`).join(''))
    }),
})

const rotate = defineCommand({
  meta: {
    name: 'rotate',
    description: 'Add a key and secret to an app and print them; the old ones still hold.',
  },
  args: { id, ...connection },
  run: ({ args }) =>
    onApps(args, async (apps) => {
      const pair = apps.newPair()
      if (!(await apps.store.addKey(args.id, pair))) throw apps.noApp(args.id)
      printPair(args.id, pair)
    }),
})

const retire = defineCommand({
  meta: {
    name: 'retire',
    description: 'From now on a key of an app holds no more; what is connected stays.',
  },
  args: { id, key: { type: 'positional', description: 'The key', required: true }, ...connection },
  run: ({ args }) =>
    onApps(args, async (apps) => {
      const outcome = await apps.store.retireKey(args.id, args.key)
      if (outcome === 'last') {
        throw new StartupError(
          `This is the only key of the app "${args.id}": add another one with "nowcast app rotate ${args.id}" first.`,
        )
      }
      if (outcome === 'unknown') {
        throw (await apps.store.list(MAX_LISTED)).some((app) => app.id === args.id)
          ? new StartupError(`The app "${args.id}" has no key "${args.key}" that holds.`)
          : apps.noApp(args.id)
      }
      process.stdout.write(`The key ${args.key} of the app "${args.id}" holds no more.\n`)
    }),
})

const disable = switching(
  'disable',
  false,
  'Disable an app: its connections are closed, its requests refused.',
)
const enable = switching('enable', true, 'Enable an app again.')

/** The `app` command. */
export const app = defineCommand({
  meta: { name: 'app', description: 'Manage the apps of the database.' },
  subCommands: { create, list, rotate, retire, disable, enable },
})

/** Apps that are listed at most. */
const MAX_LISTED = 10_000

function switching(name: string, enabled: boolean, description: string) {
  return defineCommand({
    meta: { name, description },
    args: { id, ...connection },
    run: ({ args }) =>
      onApps(args, async (apps: Apps) => {
        if (!(await apps.store.setEnabled(args.id, enabled))) throw apps.noApp(args.id)
        process.stdout.write(`The app "${args.id}" is ${enabled ? 'enabled' : 'disabled'}.\n`)
      }),
  })
}

async function describe({ store, configured }: Parameters<AppCommand>[0]): Promise<readonly string[]> {
  const rows = [
    ['ID', 'STATE', 'NAME', 'KEYS'],
    ...configured.map((one) => row(one, '(configuration)')),
    ...(await store.list(MAX_LISTED)).map((one) => row(one, one.name)),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  return rows.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
}

function row(
  {
    id,
    enabled,
    keys,
  }: { readonly id: string; readonly enabled: boolean; readonly keys: readonly { readonly key: string }[] },
  name: string,
): string[] {
  return [id, enabled ? 'enabled' : 'disabled', name, keys.map(({ key }) => key).join(', ')]
}
