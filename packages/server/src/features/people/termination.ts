// Ends all connections of a user at once, whatever protocol they speak and whichever node they are on.
import { isObject, type Json, NowcastError } from '@nowcast/protocol'
import type { Hub } from '../../core/hub.ts'
import type { NodeCalls } from '../../core/nodeCalls.ts'

const KIND = 'user.terminate'
/** A node that has died is still believed to live for longer than this; then the caller has to ask again. */
const TIMEOUT_MS = 3_000

/** What ends connections. */
export interface TerminationParts {
  readonly hub: Pick<Hub, 'connections'>
  readonly calls: Pick<NodeCalls, 'call' | 'serve'>
  /** Names of the nodes that live now. @throws NowcastError `unavailable` */
  nodes(): Promise<readonly string[]>
}

/** Ends connections of users. */
export class Termination {
  readonly #parts: TerminationParts

  constructor(parts: TerminationParts) {
    this.#parts = parts
    parts.calls.serve(KIND, async (payload) => this.#endHere(payload))
  }

  /**
   * Ends the connections of an app's user on every node. They may come back if the application lets them.
   * @returns how many there were
   * @throws NowcastError `unavailable` when not every node has answered; asking again is safe
   */
  async terminate(app: string, user: string): Promise<number> {
    const { calls, nodes } = this.#parts
    const asked = (await nodes()).map((node) => calls.call(node, KIND, { app, user }, TIMEOUT_MS))
    const answers = await Promise.allSettled(asked)
    let ended = 0
    for (const answer of answers) {
      if (answer.status === 'rejected') {
        throw new NowcastError('unavailable', 'Not every node has answered; try again.', {
          retryAfterMs: TIMEOUT_MS,
          cause: answer.reason,
        })
      }
      ended += Number(answer.value)
    }
    return ended
  }

  #endHere(payload: Json): number {
    if (!isObject(payload)) return 0
    const { app, user } = payload
    const error = new NowcastError('terminated', 'The application has ended your connections.')
    // Ending one takes it out of those that are walked through.
    const theirs = [...this.#parts.hub.connections()].filter(
      (connection) => connection.app === app && connection.user?.id === user,
    )
    for (const connection of theirs) connection.end(error)
    return theirs.length
  }
}
