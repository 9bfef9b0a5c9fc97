// Whatever happens, in whatever order: in the end a page shows who is there, has told each change once, and the server knows
// what the page wanted last.
import { NowcastError } from '@nowcast/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'

const user = fc.constantFrom('bob', 'cyd', 'dee')
const step = fc.oneof(
  fc.record({ kind: fc.constant('other enters' as const), user, data: fc.nat(2) }),
  fc.record({ kind: fc.constant('other leaves' as const), user }),
  fc.record({ kind: fc.constant('enter' as const), data: fc.nat(2) }),
  fc.record({ kind: fc.constantFrom('leave', 'cut', 'refuse', 'be silent', 'wait') }),
)

it('presence converges', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const server = await ScriptedServer.start()
      const client = testClient(server)
      try {
        const presence = client.presence('lobby')
        const told = new Map<string, unknown>()
        let isFirst = true
        presence.subscribe(() => {
          const { status, members } = presence.getSnapshot()
          // Those who are there already do not join.
          if (isFirst && status === 'ready') for (const { id, data } of members) told.set(id, data)
          isFirst &&= status !== 'ready'
        })
        presence.on('joined', ({ id, data }) => {
          expect(told.has(id)).toBe(false)
          told.set(id, data)
        })
        presence.on('updated', ({ id, data }) => {
          expect(told.get(id)).not.toEqual(data)
          told.set(id, data)
        })
        presence.on('left', ({ id }) => expect(told.delete(id)).toBe(true))
        let wanted: number | undefined
        const settling: Promise<void>[] = []
        const verdicts: ('silent' | NowcastError)[] = []
        server.script = ({ type }) => {
          if (!/^presence\.(enter|leave|watch)$/.test(type)) return undefined
          const verdict = verdicts.shift()
          // Who keeps silent is about to die.
          if (verdict === 'silent') setImmediate(() => server.cut())
          return verdict
        }
        for (const action of steps) {
          if (action.kind === 'other enters') {
            server.people.enter('lobby', { id: action.user, data: action.data })
          } else if (action.kind === 'other leaves') server.people.leave('lobby', action.user)
          else if (action.kind === 'enter') {
            wanted = action.data
            settling.push(presence.enter(action.data))
          } else if (action.kind === 'leave') {
            wanted = undefined
            settling.push(presence.leave())
          } else if (action.kind === 'cut') server.cut()
          else if (action.kind === 'refuse') {
            verdicts.push(new NowcastError('unavailable', 'Later.', { retryAfterMs: 2 }))
          } else if (action.kind === 'be silent') verdicts.push('silent')
          else await new Promise((resolve) => setTimeout(resolve, 3))
        }
        await Promise.all(settling)
        const shown = () => presence.getSnapshot().members.map(({ id, data }) => [id, data])
        const truth = () =>
          [...(server.people.members.get('lobby')?.values() ?? [])]
            .map(({ id, data }) => [id, data])
            .sort(([one], [other]) => String(one).localeCompare(String(other)))
        await until(
          () =>
            presence.getSnapshot().status === 'ready' &&
            JSON.stringify(shown()) === JSON.stringify(truth()) &&
            server.people.members.get('lobby')?.get('ada')?.data === wanted,
          `${JSON.stringify(truth())} with ${wanted}, not ${JSON.stringify(presence.getSnapshot())}`,
        )
        expect([...told].sort(([one], [other]) => one.localeCompare(other))).toEqual(shown())
      } finally {
        client.close()
        await server.stop()
      }
    }),
    { numRuns: 60 },
  )
})
