// The PostgreSQL that the nodes of a cluster share: the embedded one of a node that has no clients, reached by its
// address as any other database.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNode, type Node } from '@nowcast/server'
import { answerCalls } from '../processes/answer.ts'
import type { DatabaseProcess } from '../processes/contracts.ts'
import { BENCH_SECRET } from '../wire/token.ts'

/** PostgreSQL writes its port into this line of its `postmaster.pid`. */
const PORT_LINE = 3

let node: Node | undefined

const methods: DatabaseProcess = {
  async start({ dataDir }) {
    node = await createNode({ dataDir, app: { secret: BENCH_SECRET }, drainTimeout: 0, logLevel: 'error' })
    const password = await readFile(join(dataDir, 'postgres.password'), 'utf8')
    const lines = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
    return { url: `postgres://nowcast:${password.trim()}@127.0.0.1:${lines[PORT_LINE]?.trim()}/postgres` }
  },
}

answerCalls(methods, async () => node?.stop())
