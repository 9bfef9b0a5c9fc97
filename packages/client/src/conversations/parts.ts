// What the parts of conversations work with.
import type { ClientParts } from '../channels/channel.ts'
import type { Acknowledger } from './acknowledger.ts'

/** The client's parts, and what tells the server how far its user has come. */
export interface ChatParts extends ClientParts {
  readonly acknowledger: Acknowledger
}
