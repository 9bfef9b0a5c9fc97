// What comes from the server is looked at before it is believed: only the fields that the client's own state rests on.
import { isObject, type Position, type Publication, type ServerMessage } from '@nowcast/protocol'

/** The message of a line; undefined when it makes no sense. Types that this client does not know pass. */
export function parseMessage(line: string): ServerMessage | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  return isMessage(value) ? value : undefined
}

/** True for a place in a channel. */
export function isPosition(value: unknown): value is Position {
  return isObject(value) && typeof value.epoch === 'string' && isOffset(value.offset)
}

/** True for a publication, as far as the client's own state rests on it. */
export function isPublication(value: unknown): value is Publication {
  return isObject(value) && isText(value.channel) && isText(value.name) && isOffset(value.offset)
}

function isMessage(value: unknown): value is ServerMessage {
  if (!isObject(value)) return false
  switch (value.type) {
    case 'reply':
      return typeof value.id === 'number' && (isObject(value.result) || isObject(value.error))
    case 'event':
      return isPublication(value)
    case 'skipped':
      return isText(value.channel) && isOffset(value.offset)
    case 'gap':
      return isText(value.channel) && isPosition(value.position)
    case 'unsubscribed':
      return isText(value.channel) && isObject(value.error)
    case 'error':
      return isObject(value.error)
    case 'draining':
      return typeof value.reconnectWithinMs === 'number'
    case 'status':
      return Array.isArray(value.degraded)
    default:
      return true
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isOffset = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
