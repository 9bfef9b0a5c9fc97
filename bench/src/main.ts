// `npm run bench`: runs the parts one after the other, prints tables, and writes everything as JSON.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readMachine } from './machine.ts'
import { type Options, type PartName, readOptions, usage } from './options.ts'
import { runBroadcast } from './parts/broadcast.ts'
import { runCluster } from './parts/cluster/cluster.ts'
import { runIdle } from './parts/idle.ts'
import { runPeople } from './parts/people/people.ts'
import { runPusher } from './parts/pusher.ts'
import { runReconnect } from './parts/reconnect.ts'
import { runSends } from './parts/sends.ts'
import { runTriggers } from './parts/triggers.ts'
import { PROFILE_DIRECTORY } from './processes/start.ts'
import { hottest } from './profiles.ts'
import { type Report, toTables } from './report.ts'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))

const parts: Readonly<Record<PartName, (options: Options, report: Report) => Promise<void>>> = {
  async broadcast(options, report) {
    report.broadcast = await runBroadcast(options)
  },
  async idle(options, report) {
    report.idle = await runIdle(options)
  },
  async sends(options, report) {
    if (!options.peersOnly) report.sends = await runSends(options)
  },
  async triggers(options, report) {
    if (!options.peersOnly) report.triggers = await runTriggers(options)
  },
  async reconnect(options, report) {
    if (!options.peersOnly) report.reconnect = await runReconnect(options)
  },
  async cluster(options, report) {
    report.cluster = await runCluster(options)
  },
  async people(options, report) {
    if (!options.peersOnly) report.people = await runPeople(options)
  },
  async pusher(options, report) {
    if (!options.peersOnly) report.pusher = await runPusher(options)
  },
}

async function main(options: Options): Promise<void> {
  const startedAt = Date.now()
  const report: Report = { date: new Date().toISOString(), machine: readMachine(), failures: {} }
  for (const part of options.parts) {
    try {
      await parts[part](options, report)
    } catch (error) {
      report.failures[part] = error instanceof Error ? error.message : String(error)
      process.exitCode = 1
    }
  }
  await mkdir(RESULTS, { recursive: true })
  const file = join(RESULTS, `${report.date.replaceAll(':', '-')}.json`)
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`)
  process.stdout.write(`\n${toTables(report)}\n\nWritten to ${file}\n`)
  // Names of profiles tell whole seconds.
  if (options.profile) {
    for (const text of await hottest(PROFILE_DIRECTORY, startedAt - 1_000))
      process.stdout.write(`\n${text}\n`)
  }
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') process.stdout.write(usage)
  else await main(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  process.exitCode = 2
}
