// Facts about the machine, without which figures mean nothing.
import { cpus, loadavg, totalmem } from 'node:os'

/** What the bench ran on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly platform: string
  readonly node: string
  /** Load of the last minute when the bench began: above 0.5 something else is running. */
  readonly loadAverage: number
}

/** The machine that this process runs on. */
export function readMachine(): Machine {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}
