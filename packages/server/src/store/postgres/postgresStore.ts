// The store over PostgreSQL: connects the topics of this folder to the interface.
import type { Role, UserProfile } from '@nowcast/protocol'
import type { HistoryQuery } from '../../engine/history.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { AppStore } from '../appStore.ts'
import type { ConversationSettings } from '../membershipStore.ts'
import type { MessageDraft, MessageQuery } from '../messageStore.ts'
import type { CursorDraft } from '../receiptStore.ts'
import type { ConversationDraft, LastTyping, Seen, Store, StoreListener } from '../store.ts'
import { PostgresApps } from './apps.ts'
import { deleteMessage, editMessage, pinMessage, reactToMessage } from './changes.ts'
import { CommitListener } from './commitListener.ts'
import { createConversation, getConversation, listConversations, rememberUser } from './conversations.ts'
import { connectionSettings, Database, type DatabaseOptions, unreachable } from './database.ts'
import { readHealth } from './health.ts'
import { readInbox } from './inbox.ts'
import { readLog, readPositions } from './log.ts'
import { findMembersAmong, listMembers, readMembership } from './members.ts'
import { inviteMembers, joinConversation, leaveConversation, removeMember } from './membership.ts'
import { migrate } from './migrations/index.ts'
import { readFacts, writeSeen, writeStatusText, writeTyping } from './people.ts'
import { readMessage, readMessages, readPins, readVersions } from './reading.ts'
import { moveCursors, readCursors, readCursorsBeyond } from './receipts.ts'
import { Searches } from './searches.ts'
import { sendMessages } from './sending.ts'
import { archiveConversation, changeRole, updateSettings } from './settings.ts'
import { completeStream, findStream, openStreams } from './streams.ts'

/** Conversations, members and messages in PostgreSQL. */
export class PostgresStore implements Store {
  /** The apps of the database. */
  readonly apps: AppStore
  readonly #database: Database
  readonly #searches: Searches
  readonly #options: DatabaseOptions
  readonly #clock: Clock
  readonly #log: Logger
  #commits: CommitListener | undefined

  constructor(options: DatabaseOptions, clock: Clock, log: Logger) {
    this.#options = options
    this.#database = new Database(options, log)
    this.apps = new PostgresApps(this.#database)
    this.#searches = new Searches(this.#database, options.pool)
    this.#clock = clock
    this.#log = log
  }

  /** @throws StartupError when the database can't be reached or brought to this version */
  async start(listener: StoreListener): Promise<void> {
    try {
      await this.#database.ping()
    } catch (cause) {
      throw unreachable(this.#options.url, cause)
    }
    await migrate(this.#database.queries)
    this.#commits = new CommitListener(connectionSettings(this.#options), listener, this.#clock, this.#log)
    await this.#commits.start()
  }

  async stop(): Promise<void> {
    await this.#commits?.stop()
    await this.#database.close()
  }

  health() {
    return readHealth(this.#database)
  }

  send(drafts: readonly MessageDraft[]) {
    return sendMessages(this.#database, drafts)
  }

  create(draft: ConversationDraft) {
    return createConversation(this.#database, draft)
  }

  rememberUser(app: string, user: UserProfile) {
    return this.#database.run((queries) => rememberUser(queries, app, user))
  }

  facts(app: string, users: readonly string[]) {
    return readFacts(this.#database, app, users)
  }

  setStatusText(app: string, user: string, text: string | null) {
    return writeStatusText(this.#database, app, user, text)
  }

  rememberSeen(app: string, seen: readonly Seen[]) {
    return writeSeen(this.#database, app, seen)
  }

  rememberTyping(app: string, typing: readonly LastTyping[]) {
    return writeTyping(this.#database, app, typing)
  }

  membership(app: string, conversation: string, user: string) {
    return readMembership(this.#database, app, conversation, user)
  }

  get(app: string, conversation: string, user: string) {
    return getConversation(this.#database, app, conversation, user)
  }

  list(app: string, user: string, scope: 'mine' | 'open') {
    return listConversations(this.#database, app, user, scope)
  }

  members(app: string, conversation: string) {
    return listMembers(this.#database, app, conversation)
  }

  join(app: string, conversation: string, user: UserProfile) {
    return joinConversation(this.#database, app, conversation, user)
  }

  leave(app: string, conversation: string, user: string) {
    return leaveConversation(this.#database, app, conversation, user)
  }

  membersAmong(app: string, conversation: string, users: readonly string[]) {
    return findMembersAmong(this.#database, app, conversation, users)
  }

  invite(app: string, conversation: string, actor: string, users: readonly string[]) {
    return inviteMembers(this.#database, app, conversation, actor, users)
  }

  remove(app: string, conversation: string, actor: string, user: string) {
    return removeMember(this.#database, app, conversation, actor, user)
  }

  changeRole(app: string, conversation: string, actor: string, user: string, role: Role) {
    return changeRole(this.#database, app, conversation, actor, user, role)
  }

  update(app: string, conversation: string, actor: string, settings: ConversationSettings) {
    return updateSettings(this.#database, app, conversation, actor, settings)
  }

  archive(app: string, conversation: string, actor: string, archived: boolean) {
    return archiveConversation(this.#database, app, conversation, actor, archived)
  }

  moveCursors(drafts: readonly CursorDraft[]) {
    return moveCursors(this.#database, drafts)
  }

  cursors(app: string, conversation: string) {
    return readCursors(this.#database, app, conversation)
  }

  cursorsBeyond(app: string, conversation: string, offset: number) {
    return readCursorsBeyond(this.#database, app, conversation, offset)
  }

  inbox(app: string, user: string, range: { readonly since: number; readonly limit: number }) {
    return readInbox(this.#database, app, user, range)
  }

  messages(app: string, conversation: string, query: MessageQuery) {
    return readMessages(this.#database, app, conversation, query)
  }

  message(app: string, conversation: string, offset: number) {
    return readMessage(this.#database, app, conversation, offset)
  }

  versions(app: string, conversation: string, offset: number) {
    return readVersions(this.#database, app, conversation, offset)
  }

  pins(app: string, conversation: string) {
    return readPins(this.#database, app, conversation)
  }

  search(
    app: string,
    user: string,
    search: { readonly query: string; readonly conversation?: string; readonly limit: number },
  ) {
    return this.#searches.search(app, user, search)
  }

  edit(app: string, conversation: string, offset: number, user: string, body: string) {
    return editMessage(this.#database, { app, conversation, offset, user }, body)
  }

  delete(app: string, conversation: string, offset: number, user: string) {
    return deleteMessage(this.#database, { app, conversation, offset, user })
  }

  react(
    app: string,
    conversation: string,
    offset: number,
    user: string,
    reaction: { readonly emoji: string; readonly on: boolean },
  ) {
    return reactToMessage(this.#database, { app, conversation, offset, user }, reaction)
  }

  pin(app: string, conversation: string, offset: number, user: string, pinned: boolean) {
    return pinMessage(this.#database, { app, conversation, offset, user }, pinned)
  }

  findStream(app: string, conversation: string, messageId: string) {
    return findStream(this.#database, app, conversation, messageId)
  }

  openStreams(app: string, ageMs: number, limit: number) {
    return openStreams(this.#database, app, ageMs, limit)
  }

  completeStream(app: string, conversation: string, offset: number, body: string) {
    return completeStream(this.#database, app, conversation, offset, body)
  }

  readLog(app: string, conversation: string, query: HistoryQuery) {
    return readLog(this.#database, app, conversation, query)
  }

  positions(app: string, conversations: readonly string[]) {
    return readPositions(this.#database, app, conversations)
  }
}
