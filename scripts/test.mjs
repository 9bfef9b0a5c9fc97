// `npm test`: type check, lint, dead code, sizes, then unit, integration and browser tests.
import { bin, build, install, requireChromium, requireNode, requireRedis, run, say } from './prepare.mjs'

requireNode()
install()
requireChromium()
requireRedis()
build()
const filter = process.argv.slice(2)
if (filter.length === 0) {
  say('Checking types, style, imports, dead code and sizes…')
  run(bin('tsc'), ['-p', 'tests'])
  run(bin('biome'), ['ci', '.'])
  run(bin('knip'), [])
  run(bin('size-limit'), [])
}
say('Running the tests…')
run(bin('vitest'), ['run', ...filter])
