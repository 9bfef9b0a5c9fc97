// A page in jsdom over a scripted server: what it renders, how often, and what it leaves behind.

import { createClient, type NowcastClient } from '@nowcast/client'
import { NowcastProvider } from '@nowcast/react'
import { cleanup, configure, render } from '@testing-library/react'
import { type ReactNode, StrictMode } from 'react'
import { afterEach, beforeEach } from 'vitest'
import { WebSocket } from 'ws'
import { ScriptedServer } from '../../packages/client/src/testing/scriptedServer.ts'

// Other tests keep the machine busy too.
configure({ asyncUtilTimeout: 10_000 })

/** The scripted server and the clients of one test. */
export class Page {
  server!: ScriptedServer
  readonly #clients: NowcastClient[] = []

  /** Starts a server before each test, and ends everything after it. */
  constructor() {
    beforeEach(async () => {
      this.server = await ScriptedServer.start()
    })
    afterEach(async () => {
      cleanup()
      for (const client of this.#clients.splice(0)) client.close()
      await this.server.stop()
    })
  }

  /** Options of a client that comes back within milliseconds. */
  options(user = 'ada') {
    return {
      url: this.server.url,
      token: user,
      WebSocket,
      backoff: { minMs: 2, maxMs: 10 },
      outbox: { storage: 'memory' },
    } as const
  }

  client(user?: string): NowcastClient {
    const client = createClient(this.options(user))
    this.#clients.push(client)
    return client
  }

  /** Renders with a client of its own. */
  show(children: ReactNode, { batchMs = 0, client = this.client(), strict = false } = {}) {
    const within = (inside: ReactNode) => {
      const provider = (
        <NowcastProvider client={client} batchMs={batchMs}>
          {inside}
        </NowcastProvider>
      )
      return strict ? <StrictMode>{provider}</StrictMode> : provider
    }
    const view = render(within(children))
    return { client, ...view, change: (inside: ReactNode) => view.rerender(within(inside)) }
  }
}

/** Resolves once the connection has carried everything that was under way. */
export async function settled(client: NowcastClient): Promise<void> {
  await client.channel('settled').publish('now', 1)
}
