// Clients talk in several conversations while connections are cut, the server is killed and PostgreSQL is killed.
// Afterwards every acknowledged message is in the history once, and reached every member once and in order.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Random } from '../support/random.ts'
import { Relay } from '../support/relay.ts'
import { ServerProcess } from '../support/serverProcess.ts'
import { killPostgres } from '../support/testDatabase.ts'
import { UNLIMITED_TEXT } from '../support/unlimited.ts'
import { CONVERSATIONS, createConversations, examineConversations, USERS } from './conversations.ts'
import { FATE_SEED, MINUTES, pause, SEED, TIMEOUT_MS, waitFor } from './course.ts'
import { Talker } from './talker.ts'

it(
  `loses, doubles and reorders nothing (seed ${SEED})`,
  async () => {
    const random = new Random(SEED)
    const fate = new Random(FATE_SEED)
    const server = await ServerProcess.start({ config: `export default { ${UNLIMITED_TEXT} }` })
    const relay = await Relay.start(server.port)
    await createConversations(server.url)
    const talkers = USERS.map((user) => new Talker(user, relay.url, CONVERSATIONS))
    const faults: string[] = []
    try {
      await waitFor(() => talkers.every(({ listening }) => listening), 'everybody to listen')
      const until = Date.now() + MINUTES * 60_000
      let nextFault = Date.now() + 1_500
      while (Date.now() < until) {
        random.pick(talkers).send(random.pick(CONVERSATIONS))
        await pause(random.below(20))
        if (Date.now() < nextFault) continue
        faults.push(await strike(fate, server, relay))
        nextFault = Date.now() + 1_000 + fate.below(2_500)
      }
      await waitFor(() => talkers.every(({ settled }) => settled), 'every message to be acknowledged')
      const { broken, messages } = await examineConversations(server.url, talkers)
      expect(broken).toEqual([])
      expect(faults.length).toBeGreaterThan(2)
      process.stdout.write(`seed ${SEED}: ${messages} messages, faults: ${faults.join(', ')}\n`)
    } finally {
      for (const { client } of talkers) client.close()
      await relay.stop()
      await server.dispose()
    }
  },
  TIMEOUT_MS,
)

async function strike(random: Random, server: ServerProcess, relay: Relay): Promise<string> {
  const kind = random.pick(['cut', 'cut some', 'freeze', 'kill server', 'kill database'] as const)
  if (kind === 'cut') relay.cut()
  else if (kind === 'cut some') relay.cut((index) => index % 2 === 0)
  else if (kind === 'freeze') {
    relay.freeze()
    await pause(200)
    relay.cut()
  } else if (kind === 'kill server') {
    await server.end('SIGKILL')
    await server.start()
  } else await killPostgres(join(server.directory, '.nowcast'))
  return kind
}
