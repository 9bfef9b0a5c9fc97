// Pages on the published pusher-js, in each of its versions that must work unchanged.
import { createRequire } from 'node:module'
import type PusherModule from 'pusher-js'
import type { Channel, Options, PresenceChannel } from 'pusher-js'
import type { PageUser, PusherBackend } from './pusherBackend.ts'
import { eventually } from './testDatabase.ts'

type Pusher = PusherModule.default
type PusherConstructor = typeof PusherModule.default

/** The versions of pusher-js. */
export const pusherVersions = ['8.6.0', '7.6.0'] as const

/** A version of pusher-js. */
export type PusherVersion = (typeof pusherVersions)[number]

const load = createRequire(import.meta.url)
const constructors: Record<PusherVersion, PusherConstructor> = {
  '8.6.0': load('pusher-js'),
  '7.6.0': load('pusher-js-7'),
}

/** A message as pusher-js has it: its data is parsed. */
export interface PusherMessage {
  readonly event: string
  readonly channel?: string
  // biome-ignore lint/suspicious/noExplicitAny: what an application published
  readonly data: any
  readonly user_id?: string
}

/** How a page is opened. */
export interface PageOptions {
  readonly version?: PusherVersion
  readonly key?: string
  /** Signs what the page may do; without it, only public channels. */
  readonly backend?: PusherBackend
  /** Whom the backend takes the page for. */
  readonly user?: PageUser
  readonly options?: Partial<Options>
}

/** One page: a pusher-js, and all that it heard. */
export class PusherPage {
  readonly pusher: Pusher
  readonly messages: PusherMessage[] = []
  // biome-ignore lint/suspicious/noExplicitAny: pusher-js has no type for it
  readonly errors: any[] = []
  readonly states: string[] = []

  /** @param url a node's address */
  constructor(
    url: string,
    { version = '8.6.0', key = 'dev-key', backend, user, options = {} }: PageOptions = {},
  ) {
    const { hostname, port } = new URL(url)
    const params = user === undefined ? {} : { user: JSON.stringify(user) }
    const endpoint = (path: string) => ({
      transport: 'ajax' as const,
      endpoint: `${backend?.url}${path}`,
      params,
    })
    this.pusher = new constructors[version](key, {
      cluster: 'local',
      wsHost: hostname,
      wsPort: Number(port),
      forceTLS: false,
      enabledTransports: ['ws'],
      ...(backend === undefined
        ? {}
        : { channelAuthorization: endpoint('/auth'), userAuthentication: endpoint('/user-auth') }),
      ...options,
    })
    this.pusher.connection.bind('message', (message: PusherMessage) => this.messages.push(message))
    this.pusher.connection.bind('error', (error: unknown) => this.errors.push(error))
    this.pusher.connection.bind('state_change', ({ current }: { current: string }) =>
      this.states.push(current),
    )
  }

  /** The connection's id; the page must be connected. */
  get socketId(): string {
    return this.pusher.connection.socket_id
  }

  /** Resolves when the page is connected. */
  async connected(): Promise<this> {
    await this.until(() => this.pusher.connection.state === 'connected', 'the connection')
    return this
  }

  /** Subscribes, and resolves when pusher-js says so; rejects with the error that it tells instead. */
  subscribe(name: string): Promise<Channel> {
    const channel = this.pusher.subscribe(name)
    return new Promise((resolve, reject) => {
      channel.bind('pusher:subscription_succeeded', () => resolve(channel))
      channel.bind('pusher:subscription_error', (error: object) => reject(new Error(JSON.stringify(error))))
    })
  }

  /** The same for a presence channel. */
  async enter(name: string): Promise<PresenceChannel> {
    return (await this.subscribe(name)) as PresenceChannel
  }

  /** Signs in, and resolves when that was confirmed. */
  async signIn(): Promise<void> {
    this.pusher.signin()
    await this.until(() => this.heard('pusher:signin_success').length > 0, 'the signing in')
    const { id } = JSON.parse(this.heard('pusher:signin_success')[0]?.data.user_data)
    const channel = `#server-to-user-${id}`
    const succeeded = 'pusher_internal:subscription_succeeded'
    await this.until(() => this.heard(succeeded, channel).length > 0, 'the channel of the user')
  }

  /** What was heard of an event so far. */
  heard(event: string, channel?: string): PusherMessage[] {
    return this.messages.filter(
      (message) => message.event === event && (channel === undefined || message.channel === channel),
    )
  }

  /** The data of what was heard of an event so far. */
  data(event: string, channel?: string): unknown[] {
    return this.heard(event, channel).map(({ data }) => data)
  }

  /** Resolves when an event has been heard so many times. */
  async untilHeard(event: string, channel?: string, times = 1): Promise<PusherMessage[]> {
    const what = `${times} × ${event} on ${channel ?? 'any channel'}`
    await this.until(() => this.heard(event, channel).length >= times, what)
    return this.heard(event, channel)
  }

  /** Waits until something holds; fails with what was waited for and what was heard instead. */
  async until(condition: () => boolean, what: string): Promise<void> {
    await eventually(condition, what).catch((error: Error) => {
      const heard = JSON.stringify({ messages: this.messages, errors: this.errors, states: this.states })
      throw new Error(`${error.message} Heard: ${heard.slice(0, 2_000)}`)
    })
  }

  /** Ends the page. */
  close(): void {
    this.pusher.disconnect()
  }
}

/** The pages of one test, which end with it. */
export class PusherPages {
  readonly #pages: PusherPage[] = []

  /** Opens a page and waits until it is connected. */
  async open(url: string, options?: PageOptions): Promise<PusherPage> {
    return this.begin(url, options).connected()
  }

  /** Opens a page without waiting. */
  begin(url: string, options?: PageOptions): PusherPage {
    const page = new PusherPage(url, options)
    this.#pages.push(page)
    return page
  }

  /** Ends all pages. */
  close(): void {
    for (const page of this.#pages.splice(0)) page.close()
  }
}
