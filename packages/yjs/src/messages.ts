// What those who edit a document say to one another, in bytes.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** What is known of a document: its state vector says what was inserted, the fingerprint tells all states apart. */
export interface Standing {
  readonly vector: Uint8Array
  readonly fingerprint: number
}

/** A message. `from` and `to` are ids of clients. */
export type Message =
  /** The document has changed. */
  | { readonly type: 'update'; readonly update: Uint8Array }
  /** Who is there, and where. */
  | { readonly type: 'awareness'; readonly awareness: Uint8Array }
  /** What have I missed? */
  | ({ readonly type: 'ask'; readonly from: number } & Standing)
  /** What `to` has missed, who is there, and how the document of the one who answers stands. */
  | ({
      readonly type: 'answer'
      readonly to: number
      readonly update: Uint8Array
      readonly awareness: Uint8Array
    } & Standing)
  /** How the document stands, from time to time: who differs asks. */
  | { readonly type: 'standing'; readonly fingerprint: number }

const types = ['update', 'awareness', 'ask', 'answer', 'standing'] as const

/** A message as bytes. */
export function encode(message: Message): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, types.indexOf(message.type))
    if ('from' in message) encoding.writeVarUint(encoder, message.from)
    if ('to' in message) encoding.writeVarUint(encoder, message.to)
    if ('vector' in message) encoding.writeVarUint8Array(encoder, message.vector)
    if ('update' in message) encoding.writeVarUint8Array(encoder, message.update)
    if ('awareness' in message) encoding.writeVarUint8Array(encoder, message.awareness)
    if ('fingerprint' in message) encoding.writeVarUint(encoder, message.fingerprint)
  })
}

/** The message that these bytes are. @throws Error when they are none */
export function decode(bytes: Uint8Array): Message {
  const decoder = decoding.createDecoder(bytes)
  const number = () => decoding.readVarUint(decoder)
  const bytesOf = () => decoding.readVarUint8Array(decoder)
  const type = types[number()]
  switch (type) {
    case 'update':
      return { type, update: bytesOf() }
    case 'awareness':
      return { type, awareness: bytesOf() }
    case 'ask':
      return { type, from: number(), vector: bytesOf(), fingerprint: number() }
    case 'answer':
      return {
        type,
        to: number(),
        vector: bytesOf(),
        update: bytesOf(),
        awareness: bytesOf(),
        fingerprint: number(),
      }
    case 'standing':
      return { type, fingerprint: number() }
    default:
      throw new Error('This is no message.')
  }
}
