// The manifests in deploy/ say what the server understands: variables, commands, ports, paths, and times that fit.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { environmentKeys } from '../../packages/server/src/foundation/config/load.ts'
import { configSchema } from '../../packages/server/src/foundation/config/schema.ts'

const folder = fileURLToPath(new URL('../../deploy', import.meta.url))
const read = (path: string) => readFileSync(join(folder, path), 'utf8')
const defaults = configSchema.parse({})
const probes = ['/health/live', '/health/ready', '/metrics']

interface Service {
  readonly environment?: Readonly<Record<string, string>>
  readonly stop_grace_period?: string
  readonly depends_on?: object
}

it('compose starts three nodes with variables that exist, and lets them drain', () => {
  const { services }: { services: Readonly<Record<string, Service>> } = parse(read('compose/compose.yaml'), {
    merge: true,
  })
  const nodes = Object.keys(services).filter((name) => name.startsWith('node-'))
  expect(nodes).toHaveLength(3)
  for (const name of nodes) {
    const { environment = {}, stop_grace_period: grace = '0' } = services[name] ?? {}
    for (const variable of Object.keys(environment)) expect(Object.keys(environmentKeys)).toContain(variable)
    expect(Number.parseInt(grace, 10) * 1_000).toBeGreaterThan(defaults.drainTimeout)
    expect(read('compose/haproxy.cfg')).toContain(`server ${name} ${name}:${defaults.port}`)
  }
  expect(read('compose/haproxy.cfg')).toContain('GET /health/ready')
})

it('HAProxy says whom it speaks for, and the nodes believe it', () => {
  expect(read('compose/haproxy.cfg')).toContain('option forwardfor')
  expect(read('compose/compose.yaml')).toContain("NOWCAST_TRUST_PROXY: '1'")
})

it('HAProxy waits longer than two heartbeats of a silent client', () => {
  const [, seconds] = /timeout tunnel (\d+)s/.exec(read('compose/haproxy.cfg')) ?? []
  expect(Number(seconds) * 1_000).toBeGreaterThan(defaults.connections.heartbeat * 2)
})

it('Kubernetes asks for paths that exist, sets variables that exist, and lets nodes drain', () => {
  const documents = parseAllDocuments(read('kubernetes/nowcast.yaml')).map((document) => document.toJS())
  expect(documents.map(({ kind }) => kind)).toEqual([
    'Deployment',
    'Service',
    'PodDisruptionBudget',
    'HorizontalPodAutoscaler',
  ])
  const [{ spec }] = documents
  const { template } = spec
  const [container] = template.spec.containers
  for (const { name } of container.env) expect(Object.keys(environmentKeys)).toContain(name)
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    expect(probes).toContain(container[probe].httpGet.path)
  }
  expect(container.ports[0].containerPort).toBe(defaults.port)
  const pauseMs = container.lifecycle.preStop.sleep.seconds * 1_000
  expect(template.spec.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(pauseMs + defaults.drainTimeout)
})

it('the image holds what the command needs, and starts it', () => {
  const dockerfile = read('Dockerfile')
  const entry = 'packages/server/dist/cli/main.js'
  expect(dockerfile).toContain(`ENTRYPOINT ["node", "${entry}"]`)
  for (const copied of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const path of (copied[1] ?? '').split(' ')) {
      expect(() =>
        readFileSync(join(folder, '..', path, path.includes('.') ? '' : 'package.json')),
      ).not.toThrow()
    }
  }
  expect(dockerfile).toContain('/health/live')
})
