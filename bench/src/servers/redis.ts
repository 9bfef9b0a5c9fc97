// The Redis that the nodes of a cluster share: a redis-server without persistence, gone with this process.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Redis } from 'ioredis'
import { answerCalls } from '../processes/answer.ts'
import type { RedisProcess } from '../processes/contracts.ts'

const START_PATIENCE_MS = 10_000
const RETRY_MS = 20

let running: { readonly server: ChildProcess; readonly client: Redis } | undefined

const methods: RedisProcess = {
  async start() {
    const port = await freePort()
    const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    const server = spawn('redis-server', flags, { stdio: 'ignore' })
    const url = `redis://127.0.0.1:${port}`
    const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => RETRY_MS })
    client.on('error', () => {})
    running = { server, client }
    if (await comesUp(server, client)) return { url }
    await stop()
    throw new Error(
      'redis-server does not start; is it installed, 7.0 or newer (Debian: apt-get install redis-server)?',
    )
  },
  async cpuMicros() {
    const info = (await running?.client.info('cpu')) ?? ''
    const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
    const micros = (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6
    if (Number.isNaN(micros)) throw new Error('Redis does not tell its CPU time')
    return micros
  },
}

function comesUp(server: ChildProcess, client: Redis): Promise<boolean> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => resolve(false), START_PATIENCE_MS)
    const settle = (up: boolean) => {
      clearTimeout(impatience)
      resolve(up)
    }
    client.once('ready', () => settle(true))
    server.once('error', () => settle(false))
    server.once('exit', () => settle(false))
  })
}

async function stop(): Promise<void> {
  if (running === undefined) return
  const { server, client } = running
  running = undefined
  client.disconnect()
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return
  server.kill('SIGKILL')
  await once(server, 'exit')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

answerCalls(methods, stop)
