import { expect, it } from 'vitest'
import { shareClient } from './sharedClient.ts'

it('is one client for all who ask, until the last has released it', () => {
  const options = { url: 'ws://127.0.0.1:1' }
  const one = shareClient(options)
  const two = shareClient({ ...options })
  const other = shareClient({ ...options, key: 'other' })
  expect(two.client).toBe(one.client)
  expect(other.client).not.toBe(one.client)
  const another = shareClient({ ...options, user: 'grace' })
  expect(another.client).not.toBe(one.client)
  another.release()
  one.release()
  one.release()
  expect(two.client.connection.state).toBe('idle')
  two.release()
  expect(one.client.connection.state).toBe('disconnected')
  const next = shareClient(options)
  expect(next.client).not.toBe(one.client)
  next.release()
  other.release()
})
