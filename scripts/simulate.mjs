// `npm run simulate -- --minutes 10 [--seed 7]`: the simulated cluster, for as many seeds as fit, or one seed with its record.
import { parseArgs } from 'node:util'
import { bin, install, requireNode, run } from './prepare.mjs'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' } },
})
requireNode()
install()
const env = {
  ...process.env,
  NOWCAST_SIMULATION_MINUTES: values.minutes,
  ...(values.seed ? { NOWCAST_SIMULATION_SEED: values.seed } : {}),
}
run(bin('vitest'), ['run', 'packages/server/src/simulation'], { env })
