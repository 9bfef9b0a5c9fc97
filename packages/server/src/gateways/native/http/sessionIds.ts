// Ids of sessions over HTTP. Whoever knows one may speak for the session, so none can be guessed; and any node can tell
// whose session it is, and that a node of this cluster made it, before it asks that one.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const BYTES = 16
/** The same in base64url. */
const LENGTH = 22
const MAX_NODE_LENGTH = 300

/** Makes and checks ids: `<node>.<random>.<signature>`. */
export class SessionIds {
  readonly #node: string
  readonly #secrets: () => readonly string[]

  /** @param secrets shared by all nodes of the cluster, asked each time: the first one signs, each of them holds */
  constructor(node: string, secrets: () => readonly string[]) {
    this.#node = node
    this.#secrets = secrets
  }

  /** A new id of this node's. */
  issue(): string {
    const named = `${this.#node}.${randomBytes(BYTES).toString('base64url')}`
    const [secret = ''] = this.#secrets()
    return `${named}.${sign(secret, named).toString('base64url')}`
  }

  /** The name of the node that has the session; undefined for an id that no node has made. */
  nodeOf(id: string): string | undefined {
    const end = id.length - LENGTH - 1
    const nodeLength = end - LENGTH - 1
    if (nodeLength < 1 || nodeLength > MAX_NODE_LENGTH || id[end] !== '.') return undefined
    const signature = Buffer.from(id.slice(end + 1), 'base64url')
    if (signature.length !== BYTES) return undefined
    const named = id.slice(0, end)
    const isOurs = this.#secrets().some((secret) => timingSafeEqual(signature, sign(secret, named)))
    return isOurs ? id.slice(0, nodeLength) : undefined
  }
}

function sign(secret: string, named: string): Buffer {
  return createHmac('sha256', secret).update(`session ${named}`).digest().subarray(0, BYTES)
}
