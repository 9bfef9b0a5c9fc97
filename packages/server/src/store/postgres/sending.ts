// The hot path of chat: a batch of messages in one round trip and one transaction.
// Guarded by the `sends` part of the benchmark.
import { NowcastError } from '@nowcast/protocol'
import type { MessageDraft, SendOutcome } from '../messageStore.ts'
import type { Database } from './database.ts'
import { type MessageRow, toMessage } from './rows.ts'

/** The columns of a message that the draft does not have already, beside the outcome. */
interface OutcomeRow extends Omit<MessageRow, 'conversation_id' | 'message_id' | 'sender'> {
  readonly outcome: SendOutcome['outcome']
  readonly duplicate: boolean
  readonly epoch: string
}

const STATEMENT = {
  name: 'send_messages',
  text: `select * from nowcast.send_messages($1, $2, $3, $4, $5, $6::jsonb[], $7::bigint[], $8::jsonb[], $9::jsonb[],
    $10::boolean[])`,
}

// PostgreSQL keeps neither U+0000 nor, in JSON, half of a surrogate pair. One such draft would refuse its whole batch.
const NUL = '\0'
const UNSTORABLE_JSON = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

/** Commits drafts; outcomes in their order. @throws NowcastError `unavailable` */
export async function sendMessages(
  database: Database,
  drafts: readonly MessageDraft[],
): Promise<readonly SendOutcome[]> {
  const storable = drafts.filter(isStorable)
  const outcomes = await commit(database, storable)
  const byDraft = new Map(storable.map((draft, index) => [draft, outcomes[index]]))
  return drafts.map((draft) => byDraft.get(draft) ?? { outcome: 'unstorable' })
}

function isStorable({ sender, body, metadata, mentions, attachments }: MessageDraft): boolean {
  if (body.includes(NUL) || sender.includes(NUL)) return false
  return [metadata, mentions, attachments].every(
    (value) => value === undefined || !UNSTORABLE_JSON.test(JSON.stringify(value)),
  )
}

async function commit(database: Database, drafts: readonly MessageDraft[]): Promise<readonly SendOutcome[]> {
  if (drafts.length === 0) return []
  const values = [
    drafts.map(({ app }) => app),
    drafts.map(({ conversation }) => conversation),
    drafts.map(({ sender }) => sender),
    drafts.map(({ messageId }) => messageId),
    drafts.map(({ body }) => body),
    drafts.map(({ metadata }) => json(metadata)),
    drafts.map(({ thread }) => thread ?? null),
    drafts.map(({ mentions }) => json(mentions && [...new Set(mentions)])),
    drafts.map(({ attachments }) => json(attachments)),
    drafts.map(({ streamed }) => streamed ?? false),
  ]
  const { rows } = await database.run(() => database.pool.query<OutcomeRow>({ ...STATEMENT, values }))
  return drafts.map((draft, index) => toOutcome(draft, rows[index]))
}

const json = (value: object | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value)

function toOutcome(draft: MessageDraft, row: OutcomeRow | undefined): SendOutcome {
  if (row === undefined) throw new NowcastError('internal', 'The database gave no outcome for a message.')
  if (row.outcome !== 'sent') return { outcome: row.outcome }
  const { conversation, sender, messageId } = draft
  const message = toMessage({ ...row, conversation_id: conversation, message_id: messageId, sender })
  return {
    outcome: 'sent',
    message,
    position: { epoch: row.epoch, offset: row.offset },
    duplicate: row.duplicate,
  }
}
