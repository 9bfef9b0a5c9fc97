// What is known of other processes, also by ids that no process can have.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { isAlive, sendSignal } from './processes.ts'

it('tells whether a process lives', async () => {
  expect(isAlive(process.pid)).toBe(true)
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  expect(isAlive(child.pid ?? 0)).toBe(false)
  expect(() => sendSignal(child.pid ?? 0, 'SIGINT')).not.toThrow()
})

// The system takes 0 and negative ids for whole groups of processes.
it.each([0, -1, -process.pid, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
  '%d is no process',
  (pid) => {
    expect(isAlive(pid)).toBe(false)
  },
)
