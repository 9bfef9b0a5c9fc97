// Who is writing a comment: said by their pages, forgotten when they fall silent.
import type { ClientEvents } from '../../shared/api.ts'
import type { RealtimeChannel } from '../realtime/realtime.ts'
import { Variable } from '../realtime/variable.ts'
import { clientEvents } from './schemas.ts'

const EVENT = 'client-typing'
/** A page says so again at most this often while its person types. */
const REPEAT_MS = 2_500
/** Without word for so long, somebody types no longer. */
const SILENT_AFTER_MS = 6_000
/** People who are remembered at once. */
const MAX_TYPISTS = 20

/** The part of a channel that it needs. */
type TypingChannel = Pick<RealtimeChannel, 'on' | 'members' | 'sendClientEvent'>

/** Who types on a thread's channel, and saying so oneself. */
export class Typing {
  readonly #channel: TypingChannel
  readonly #me: string
  readonly #users = new Variable<readonly string[]>([])
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()
  readonly #stop: (() => void)[]
  #saidAt: number | undefined

  /** @param me the user's id, of whose other pages nothing is shown */
  constructor(channel: TypingChannel, me: string) {
    this.#channel = channel
    this.#me = me
    this.#stop = [
      channel.on(EVENT, (data, sender) => this.#heard(data, sender)),
      channel.members.subscribe(() => this.#forgetAbsent()),
    ]
  }

  /** The ids of those who type, those who began first at the front. */
  get users(): Variable<readonly string[]> {
    return this.#users
  }

  /** To be called at each keystroke. */
  typed(): void {
    const now = Date.now()
    if (this.#saidAt !== undefined && now - this.#saidAt < REPEAT_MS) return
    this.#saidAt = now
    this.#say(true)
  }

  /** To be called when the text is sent or given up. */
  stopped(): void {
    if (this.#saidAt === undefined) return
    this.#saidAt = undefined
    this.#say(false)
  }

  /** Ends it. */
  close(): void {
    this.stopped()
    for (const stop of this.#stop) stop()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  #say(typing: boolean): void {
    const data: ClientEvents[typeof EVENT] = { user: this.#me, typing }
    this.#channel.sendClientEvent(EVENT, { ...data })
  }

  /** Whose event it is the server says, not the other page. */
  #heard(data: unknown, sender: string | undefined): void {
    const said = clientEvents[EVENT].safeParse(data)
    if (!said.success || sender === undefined || sender === this.#me) return
    clearTimeout(this.#timers.get(sender))
    if (said.data.typing) this.#begin(sender)
    else this.#forget(sender)
  }

  #begin(user: string): void {
    if (!this.#timers.has(user) && this.#timers.size >= MAX_TYPISTS) return
    this.#timers.set(
      user,
      setTimeout(() => this.#forget(user), SILENT_AFTER_MS),
    )
    this.#users.update((users) => (users.includes(user) ? users : [...users, user]))
  }

  #forget(user: string): void {
    clearTimeout(this.#timers.get(user))
    if (!this.#timers.delete(user)) return
    this.#users.update((users) => users.filter((other) => other !== user))
  }

  #forgetAbsent(): void {
    const { people } = this.#channel.members.getSnapshot()
    for (const user of [...this.#timers.keys()]) {
      if (!people.some(({ id }) => id === user)) this.#forget(user)
    }
  }
}
