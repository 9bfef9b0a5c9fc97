// Waits for a connection.
import { NowcastError } from '@nowcast/protocol'
import type { Observable } from '../observable.ts'
import type { ConnectionSnapshot } from './snapshot.ts'

/**
 * Resolves when the connection is established.
 * @throws NowcastError why it has failed, or `not_connected` when it was ended
 */
export function whenEstablished(connection: Observable<ConnectionSnapshot>): Promise<void> {
  return new Promise((resolve, reject) => {
    let stop = () => {}
    const check = () => {
      const { state, error } = connection.getSnapshot()
      if (state === 'connecting' || state === 'unavailable') return
      stop()
      if (state === 'connected') resolve()
      else reject(error ?? new NowcastError('not_connected', 'The connection was ended.'))
    }
    stop = connection.subscribe(check)
    check()
  })
}
