// Server-sent events out of the text of a stream, as far as Nowcast's servers use them.

/** One event. */
export interface ServerEvent {
  /** `message` where the server named none. */
  readonly name: string
  /** Its lines of data, joined by line feeds. */
  readonly data: string
}

/** Longer ones no server sends. */
const MAX_LENGTH = 16_777_216

/** Takes a stream apart. */
export class EventStream {
  #rest = ''
  #name = ''
  #lines: string[] = []

  /**
   * The events that end in the next piece of text.
   * @throws Error for one that does not end
   */
  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = []
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > MAX_LENGTH) throw new Error('The stream makes no sense.')
    for (const line of lines) {
      const event = this.#line(line.endsWith('\r') ? line.slice(0, -1) : line)
      if (event !== undefined) events.push(event)
    }
    return events
  }

  #line(line: string): ServerEvent | undefined {
    if (line === '') return this.#end()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') this.#name = value
    else if (field === 'data') this.#lines.push(value)
    return undefined
  }

  #end(): ServerEvent | undefined {
    const event = { name: this.#name || 'message', data: this.#lines.join('\n') }
    const isEmpty = this.#lines.length === 0
    this.#name = ''
    this.#lines = []
    return isEmpty ? undefined : event
  }
}
