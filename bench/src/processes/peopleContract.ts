// What the bench asks of the process that plays people: members of a channel, typists, and members of conversations.
import type { Latency } from './contracts.ts'

/** What came to clients in a while. */
export interface Flow {
  readonly ms: number
  readonly frames: number
  readonly bytes: number
}

/** How members of a channel come. */
export interface JoinOptions {
  readonly port: number
  readonly channel: string
  readonly members: number
  /** Those who only look on. */
  readonly observers: number
}

/** How people type. */
export interface TypeOptions {
  readonly port: number
  readonly channel: string
  readonly users: number
  readonly seconds: number
}

/** How people talk. */
export interface TalkOptions {
  readonly port: number
  readonly conversations: number
  /** Members of each. */
  readonly members: number
  /** Messages a second in all. */
  readonly rate: number
  readonly seconds: number
  /** Whether members say what they have received and read, as the client does: at most once a second each. */
  readonly receipts: boolean
}

/** What a talk came to. */
export interface Talked extends Flow {
  readonly sent: number
  readonly deliveries: number
  readonly receipts: number
  /** From when a message was due to its acknowledgement. */
  readonly latency: Latency
}

/** The process that plays people. */
export type PeopleProcess = {
  /** Members come one after another; each watches the others, as a page does. Ends when the observers see all. */
  join(options: JoinOptions): Promise<Flow>
  /** All members are cut off at once. Ends when the observers see nobody. */
  leave(): Promise<Flow>
  /** Ends after `seconds`. `calls`: commands that the typists sent. */
  type(options: TypeOptions): Promise<Flow & { readonly calls: number }>
  /** Connects the members of conversations, who stay for all talks to come. */
  gather(options: Omit<TalkOptions, 'rate' | 'seconds' | 'receipts'>): Promise<void>
  talk(options: TalkOptions): Promise<Talked>
}
