import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ConnectionEvent, type ConnectionState, nextState } from './state.ts'

const events: readonly ConnectionEvent[] = [
  'connect',
  'established',
  'lost',
  'retry',
  'give up',
  'disconnect',
]

describe('the states of a connection', () => {
  it('lead from the first use to connected, and back after a loss', () => {
    const path: ConnectionEvent[] = ['connect', 'established', 'lost', 'retry', 'established']
    const states: ConnectionState[] = []
    path.reduce<ConnectionState>((state, event) => {
      states.push(nextState(state, event))
      return nextState(state, event)
    }, 'idle')
    expect(states).toEqual(['connecting', 'connected', 'unavailable', 'connecting', 'connected'])
  })

  it('are left by the application alone once given up or ended', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<ConnectionState>('failed', 'disconnected'),
        fc.array(fc.constantFrom(...events.filter((event) => event !== 'connect' && event !== 'disconnect'))),
        (start, path) => path.reduce(nextState, start) === start,
      ),
    )
  })

  it('become connected from connecting alone', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (path) => {
        let state: ConnectionState = 'idle'
        for (const event of path) {
          const next = nextState(state, event)
          if (next === 'connected' && state !== 'connected') expect(state).toBe('connecting')
          state = next
        }
      }),
    )
  })
})
