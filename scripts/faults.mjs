// `npm run faults -- --minutes 10 [--seed 7]`: the fault tests of one node and of a cluster, each for as long as asked.
import { parseArgs } from 'node:util'
import { bin, build, install, requireNode, requireRedis, run } from './prepare.mjs'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' } },
})
requireNode()
install()
requireRedis()
build()
const env = {
  ...process.env,
  NOWCAST_FAULT_MINUTES: values.minutes,
  ...(values.seed ? { NOWCAST_FAULT_SEED: values.seed } : {}),
}
run(bin('vitest'), ['run', 'tests/faults'], { env })
