// Messages longer than a transport carries travel in parts: `<message>:<part>:<parts>:<base64>`.

/** Messages that are put together at once; with more, the one that began first is given up. */
const MAX_OPEN = 50
/** Parts of one message. */
const MAX_PARTS = 10_000
/** Characters of all messages that are put together. */
const MAX_LENGTH = 64 * 1_024 * 1_024
/** Room for what goes before the base64. */
const HEAD_LENGTH = 60

/** The texts that carry a message of this name. */
export function split(name: string, base64: string, maxLength: number): string[] {
  const size = maxLength - HEAD_LENGTH
  const count = Math.max(Math.ceil(base64.length / size), 1)
  return Array.from(
    { length: count },
    (_, index) => `${name}:${index}:${count}:${base64.slice(index * size, (index + 1) * size)}`,
  )
}

interface Open {
  readonly parts: (string | undefined)[]
  missing: number
  length: number
}

const pattern = /^([\w-]{1,40}):(\d{1,5}):(\d{1,5}):([\w+/=]*)$/

/** Puts messages together again, whatever the order of their parts. */
export class Assembler {
  readonly #open = new Map<string, Open>()
  #length = 0

  /** Takes a text. @returns the base64 of the message that it completes */
  add(text: string): string | undefined {
    const [, name = '', part = '', parts = '', piece = ''] = pattern.exec(text) ?? []
    const [index, count] = [Number(part), Number(parts)]
    if (name === '' || count < 1 || count > MAX_PARTS || index >= count) return undefined
    if (count === 1) return piece
    const open = this.#open.get(name) ?? { parts: [], missing: count, length: 0 }
    this.#open.set(name, open)
    if (open.parts[index] === undefined) {
      open.parts[index] = piece
      open.missing -= 1
      open.length += piece.length
      this.#length += piece.length
    }
    if (open.missing > 0) {
      this.#makeRoom()
      return undefined
    }
    this.#forget(name, open)
    return open.parts.join('')
  }

  /** Gives up what is not complete. */
  clear(): void {
    this.#open.clear()
    this.#length = 0
  }

  #makeRoom(): void {
    for (const [name, open] of this.#open) {
      if (this.#open.size <= MAX_OPEN && this.#length <= MAX_LENGTH) return
      this.#forget(name, open)
    }
  }

  #forget(name: string, open: Open): void {
    this.#open.delete(name)
    this.#length -= open.length
  }
}
