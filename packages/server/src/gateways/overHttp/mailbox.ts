// Core's socket for a client that polls: frames wait here until a later poll says that they have arrived.
import { closeCodes, NowcastError } from '@nowcast/protocol'
import type { Socket } from '../../core/socket.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import { framePayloads } from '../webSocketFrame.ts'

/** Text that one answer holds at most, unless a single frame is longer. */
const MAX_ANSWER_LENGTH = 262_144

/** What a poll is answered with. */
export type PollAnswer = {
  readonly frames: readonly { readonly n: number; readonly text: string }[]
  /** Why the session has ended, after `frames`. */
  readonly close?: { readonly code: number; readonly reason: string }
  /** A newer poll has come. */
  readonly superseded?: true
}

interface Letter {
  readonly n: number
  readonly text: string
  readonly bytes: number
}

/** What a mailbox tells its owner. */
export interface MailboxListener {
  /** The session is over; what waits can still be fetched. */
  closed(): void
  /** Nobody has polled for long. */
  abandoned(): void
}

/** Frames for one polling client. */
export class Mailbox implements Socket {
  readonly #clock: Clock
  readonly #patienceMs: number
  readonly #listener: MailboxListener
  #letters: Letter[] = []
  #bytes = 0
  #last = 0
  #close: PollAnswer['close']
  #drained: (() => void)[] = []
  /** Answers the poll that waits. */
  #answer: ((superseded: boolean) => void) | undefined
  #patience: Timer

  /** @param patienceMs how long it may take until somebody polls again */
  constructor(clock: Clock, patienceMs: number, listener: MailboxListener) {
    this.#clock = clock
    this.#patienceMs = patienceMs
    this.#listener = listener
    this.#patience = this.#wait()
  }

  get bufferedBytes(): number {
    return this.#bytes
  }

  write(frames: Uint8Array): void {
    if (this.#close !== undefined) return
    const text = framePayloads(frames).join('\n')
    this.#last += 1
    this.#letters.push({ n: this.#last, text, bytes: frames.length })
    this.#bytes += frames.length
    this.#answer?.(false)
  }

  onceDrained(run: () => void): void {
    this.#drained.push(run)
  }

  close(code: number, reason: string): void {
    if (this.#close !== undefined) return
    this.#close = { code, reason }
    // Who has not read so much will not read it now.
    if (code === closeCodes.slowReader) this.#letters = []
    this.#drained = []
    this.#answer?.(false)
    this.#patience.cancel()
    this.#patience = this.#wait()
    this.#listener.closed()
  }

  /** Somebody is still busy with what was taken: how long it may take until somebody polls again counts from now. */
  keep(): void {
    if (this.#answer !== undefined || this.#close !== undefined) return
    this.#patience.cancel()
    this.#patience = this.#wait()
  }

  /** A poll that waits does so no longer, for whoever asked has gone. */
  wake(): void {
    this.#answer?.(false)
  }

  /** Forgets everything; a poll that waits is answered. */
  dispose(): void {
    this.#close ??= { code: closeCodes.goingAway, reason: '' }
    this.#letters = []
    this.#drained = []
    this.#answer?.(false)
    this.#patience.cancel()
  }

  /**
   * Frames after the one with number `after`, all up to which have arrived. Where there are none it waits for one, but no
   * longer than `waitMs`, and only as long as no other poll comes.
   * @throws NowcastError `invalid_command` when there was no such frame yet
   */
  async take(after: number, waitMs: number): Promise<PollAnswer> {
    if (after > this.#last) {
      throw new NowcastError('invalid_command', 'There was no such frame yet.', { field: 'after' })
    }
    this.#answer?.(true)
    this.#forget(after)
    if (this.#letters.length > 0 || this.#close !== undefined) return this.#next()
    this.#patience.cancel()
    const superseded = await new Promise<boolean>((resolve) => {
      const timer = this.#clock.after(waitMs, () => this.#answer?.(false))
      this.#answer = (isSuperseded) => {
        this.#answer = undefined
        timer.cancel()
        resolve(isSuperseded)
      }
    })
    return superseded ? { frames: [], superseded } : this.#next()
  }

  #next(): PollAnswer {
    const close = this.#close
    if (close === undefined) {
      this.#patience.cancel()
      this.#patience = this.#wait()
    }
    const frames: { n: number; text: string }[] = []
    let length = 0
    for (const { n, text } of this.#letters) {
      length += text.length
      if (frames.length > 0 && length > MAX_ANSWER_LENGTH) return { frames }
      frames.push({ n, text })
    }
    return close === undefined ? { frames } : { frames, close }
  }

  #forget(upTo: number): void {
    let known = 0
    for (const { n, bytes } of this.#letters) {
      if (n > upTo) break
      known += 1
      this.#bytes -= bytes
    }
    if (known > 0) this.#letters.splice(0, known)
    if (this.#bytes > 0) return
    for (const run of this.#drained.splice(0)) run()
  }

  #wait(): Timer {
    return this.#clock.after(this.#patienceMs, () => this.#listener.abandoned())
  }
}
