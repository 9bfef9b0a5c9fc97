// What pages are told, and on which channels: one helper for each event.
import type { FastifyRequest } from 'fastify'
import {
  type Activity,
  type Comment,
  type Broadcasts as Events,
  type Item,
  organizationChannel,
  type Thread,
  threadChannel,
} from '../../shared/api.ts'
import type { Actor } from '../sessions/queries.ts'
import type { Broadcaster } from './broadcaster.ts'

type Name = keyof Events
type Socket = string | undefined

const SOCKET = /^\d{1,20}\.\d{1,20}$/

/** The connection of the page that acts, where it says so: it needs not be told what it did. */
export function actingSocket({ headers }: Pick<FastifyRequest, 'headers'>): Socket {
  const socket = headers['x-socket-id']
  return typeof socket === 'string' && SOCKET.test(socket) ? socket : undefined
}

/** Tells pages what has happened. Call it after the commit. */
export class Broadcasts {
  readonly #broadcaster: Broadcaster

  constructor(broadcaster: Broadcaster) {
    this.#broadcaster = broadcaster
  }

  /** A thread was made. */
  threadCreated(actor: Actor, thread: Thread, activities: readonly Activity[], socket: Socket): void {
    this.#tellBoth(actor, thread.id, 'thread:created', { thread }, socket)
    for (const activity of activities) this.activity(actor, activity)
  }

  /** A thread's title or description was changed. */
  threadUpdated(actor: Actor, thread: Thread, socket: Socket): void {
    this.#tellBoth(actor, thread.id, 'thread:updated', { thread, actor: actor.user.id }, socket)
  }

  /** A thread's status was changed. */
  statusChanged(actor: Actor, thread: Thread, socket: Socket): void {
    this.#tellBoth(actor, thread.id, 'status:changed', { thread, actor: actor.user.id }, socket)
  }

  /** A thread was deleted. */
  threadDeleted(actor: Actor, id: string, activity: Activity, socket: Socket): void {
    this.#tellBoth(actor, id, 'thread:deleted', { id, actor: actor.user.id }, socket)
    this.activity(actor, activity)
  }

  /** A comment was written. */
  commentCreated(comment: Comment, socket: Socket): void {
    this.#tell([threadChannel(comment.thread)], 'comment:created', { comment }, socket)
  }

  /** A comment was changed. */
  commentUpdated(comment: Comment, socket: Socket): void {
    this.#tell([threadChannel(comment.thread)], 'comment:updated', { comment }, socket)
  }

  /** A comment was deleted. */
  commentDeleted({ id, thread }: Comment, socket: Socket): void {
    this.#tell([threadChannel(thread)], 'comment:deleted', { id, thread }, socket)
  }

  /** A thread was connected with something. */
  itemAdded(item: Item, socket: Socket): void {
    this.#tell([threadChannel(item.thread)], 'item:added', { item }, socket)
  }

  /** A thread is not connected with something any more. */
  itemRemoved({ id, thread }: Item, socket: Socket): void {
    this.#tell([threadChannel(thread)], 'item:removed', { id, thread }, socket)
  }

  /** The feed has another line. The page that acted is told too: no answer carries it. */
  activity({ organization }: Actor, activity: Activity): void {
    this.#tell([organizationChannel(organization.id)], 'activity', { activity }, undefined)
  }

  #tellBoth<Event extends Name>(
    { organization }: Actor,
    thread: string,
    name: Event,
    data: Omit<Events[Event], 'at'>,
    socket: Socket,
  ): void {
    this.#tell([organizationChannel(organization.id), threadChannel(thread)], name, data, socket)
  }

  #tell<Event extends Name>(
    channels: readonly string[],
    name: Event,
    data: Omit<Events[Event], 'at'>,
    exceptSocket: Socket,
  ): void {
    this.#broadcaster.send({ channels, name, data: { ...data, at: Date.now() }, exceptSocket })
  }
}
