// Seeds of the simulated cluster: fixed ones always, or as many fresh ones as fit into the minutes that were asked for.
import { expect, it } from 'vitest'
import { type Outcome, simulate } from './cluster.ts'

const FIXED_SEEDS = 300
const SHOWN_LINES = 200
const SEEDS = 2 ** 32
/** What the minutes do not cover: the seed that is under way, and the account of one that failed. */
const PATIENCE_MS = 60_000

const minutes = Number(process.env.NOWCAST_SIMULATION_MINUTES ?? 0)
const given = process.env.NOWCAST_SIMULATION_SEED

/** Fails with a readable account of a seed that broke a promise. Its second run, with a record, shows that it replays. */
async function requireKept({ seed, violation }: Outcome): Promise<void> {
  if (violation === undefined) return
  const again = await simulate(seed, { traced: true })
  const replayed = JSON.stringify(again.violation) === JSON.stringify(violation)
  const lines = [
    ...again.trace.slice(-SHOWN_LINES),
    `Seed ${seed} broke "${violation.invariant}": ${violation.detail}`,
    replayed ? `Again with: npm run simulate -- --seed ${seed}` : 'It did not break the same promise again.',
  ]
  throw new Error(lines.join('\n'))
}

it.runIf(minutes === 0 && given === undefined)(
  'keeps every promise through the faults of fixed seeds',
  async () => {
    for (let seed = 1; seed <= FIXED_SEEDS; seed += 1) await requireKept(await simulate(seed))
  },
)

it('runs a seed twice in exactly the same way', async () => {
  const [once, twice] = [await simulate(7, { traced: true }), await simulate(7, { traced: true })]
  expect(once.trace.length).toBeGreaterThan(100)
  expect(twice).toEqual(once)
})

it.runIf(minutes > 0 && given === undefined)(
  'keeps every promise through the faults of as many seeds as fit',
  async () => {
    const startedAt = performance.now()
    const passedMinutes = () => (performance.now() - startedAt) / 60_000
    const first = Date.now() % SEEDS
    let count = 0
    for (; passedMinutes() < minutes; count += 1) {
      await requireKept(await simulate((first + count) % SEEDS))
      // The test runner's own messages pass.
      await new Promise((resolve) => setImmediate(resolve))
    }
    const perMinute = Math.round(count / passedMinutes())
    process.stdout.write(`\n${count} seeds from ${first} on, ${perMinute} a minute\n`)
  },
  minutes * 60_000 + PATIENCE_MS,
)

it.runIf(given !== undefined)('keeps every promise through the faults of one seed', async () => {
  const { trace, violation, counts } = await simulate(Number(given), { traced: true })
  process.stdout.write(`\n${trace.join('\n')}\n${JSON.stringify(counts)}\n`)
  expect(violation).toBeUndefined()
})
