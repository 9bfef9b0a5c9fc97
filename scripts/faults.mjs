// `npm run faults -- --minutes 10 [--seed 7]`: the fault test, for as long as asked.
import { parseArgs } from 'node:util'
import { bin, build, install, requireNode, run } from './prepare.mjs'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' } },
})
requireNode()
install()
build()
const env = {
  ...process.env,
  NOWCAST_FAULT_MINUTES: values.minutes,
  ...(values.seed ? { NOWCAST_FAULT_SEED: values.seed } : {}),
}
run(bin('vitest'), ['run', 'tests/faults'], { env })
