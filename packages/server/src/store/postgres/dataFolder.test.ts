// A data folder has one node at a time, and nobody is kept out by one that is gone.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startMark } from '../../foundation/processes.ts'
import { lockDataFolder } from './dataFolder.ts'

let folder: string
let lock: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nowcast-lock-'))
  lock = join(folder, 'nowcast.lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid ?? 0
}

it('is made when missing, and given back', () => {
  const inner = join(folder, 'a', 'b')
  const unlock = lockDataFolder(inner)
  expect(readFileSync(join(inner, 'nowcast.lock'), 'utf8')).toMatch(`${process.pid}\n`)
  unlock()
  expect(existsSync(join(inner, 'nowcast.lock'))).toBe(false)
  lockDataFolder(inner)()
})

it('is refused to a second node, naming the process that has it', () => {
  const unlock = lockDataFolder(folder)
  expect(() => lockDataFolder(folder)).toThrow(`process ${process.pid}`)
  expect(() => lockDataFolder(folder)).toThrow(folder)
  unlock()
  lockDataFolder(folder)()
})

it('is taken over from a process that ended', async () => {
  writeFileSync(lock, `${await endedProcess()}\n12345\n`)
  lockDataFolder(folder)()
})

it('is taken over when the process’s id belongs to another by now', () => {
  writeFileSync(lock, `${process.pid}\n${Number(startMark(process.pid)) - 1}\n`)
  lockDataFolder(folder)()
})

it.each(['', 'nonsense\n', '-1\n', '0\n'])('is taken over from a lock that says %j', (text) => {
  writeFileSync(lock, text)
  lockDataFolder(folder)()
})

it('below a file is refused with the reason', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  for (const path of [file, join(file, 'data')]) {
    expect(() => lockDataFolder(path)).toThrow(`The data folder ${path} can't be used: it is no folder.`)
  }
})

it.skipIf(process.getuid?.() === 0)('that may not be written is refused with the reason', () => {
  chmodSync(folder, 0o500)
  expect(() => lockDataFolder(folder)).toThrow('this user may not write there')
})
