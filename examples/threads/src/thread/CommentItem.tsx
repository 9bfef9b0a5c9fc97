// One comment; its author may edit and delete it.
import { CircleAlert, Pencil, Trash2 } from 'lucide-react'
import { memo, useEffect, useRef, useState } from 'react'
import { useMe, usePeople } from '../app/me.tsx'
import { deleteComment, discardComment, editComment, sendComment } from '../data/commentActions.ts'
import type { ThreadLive } from '../data/threadLive.ts'
import type { ShownComment } from '../data/threadState.ts'
import { Avatar } from '../theme/Avatar.tsx'
import { ConfirmDialog } from '../theme/ConfirmDialog.tsx'
import { IconButton } from '../theme/IconButton.tsx'
import { Moment } from '../theme/Moment.tsx'
import { CommentEditor } from './CommentEditor.tsx'

/** What a comment needs. */
export interface CommentItemProps {
  readonly live: ThreadLive
  readonly comment: ShownComment
  /** Called when it was taken away by the person: the focus must go somewhere. */
  readonly onGone: () => void
}

/** One comment. */
export const CommentItem = memo(function CommentItem({ live, comment, onGone }: CommentItemProps) {
  const { user } = useMe()
  const author = usePeople()(comment.author)
  const [shown, setShown] = useState<'text' | 'editor' | 'deletion'>('text')
  const item = useRef<HTMLLIElement>(null)
  const isOwn = comment.author === user.id && comment.delivery.status === 'sent'
  const close = useFocusReturn(shown, setShown, item)
  const remove = () => {
    onGone()
    void deleteComment(live, comment.id)
  }
  return (
    <li ref={item} className="comment" data-delivery={comment.delivery.status}>
      <Avatar id={author.id} name={author.name} picture={author.avatar} />
      <div className="comment__main">
        <p className="comment__head">
          <span className="comment__author">{author.name}</span>
          <span className="comment__when">
            <Moment at={comment.createdAt} />
            {comment.editedAt !== undefined && ' · edited'}
          </span>
          {isOwn && shown !== 'editor' && (
            <span className="comment__tools">
              <IconButton icon={Pencil} label="Edit comment" small onClick={() => setShown('editor')} />
              <IconButton icon={Trash2} label="Delete comment" small onClick={() => setShown('deletion')} />
            </span>
          )}
        </p>
        {shown === 'editor' ? (
          <CommentEditor
            body={comment.body}
            onSave={(body) => {
              close()
              if (body !== comment.body) void editComment(live, comment.id, body)
            }}
            onCancel={close}
          />
        ) : (
          <p className="comment__body">{comment.body}</p>
        )}
        <Failure live={live} comment={comment} onGone={onGone} />
      </div>
      {shown === 'deletion' && (
        <ConfirmDialog
          title="Delete this comment?"
          keep="Keep it"
          go="Delete"
          onGo={async () => remove()}
          onDone={() => setShown('text')}
          onClose={() => setShown('text')}
        >
          <p className="dialog__text">It disappears for everybody.</p>
        </ConfirmDialog>
      )}
    </li>
  )
})

/** Closes the editor, and gives the focus back to the button that opened it. */
function useFocusReturn(
  shown: string,
  setShown: (shown: 'text') => void,
  item: React.RefObject<HTMLElement | null>,
): () => void {
  const returns = useRef(false)
  useEffect(() => {
    if (shown !== 'text' || !returns.current) return
    returns.current = false
    item.current?.querySelector<HTMLElement>('.comment__tools button')?.focus()
  }, [shown, item])
  return () => {
    returns.current = true
    setShown('text')
  }
}

function Failure({ live, comment, onGone }: CommentItemProps) {
  const { delivery, ...message } = comment
  if (delivery.status !== 'failed') return null
  const discard = () => {
    onGone()
    discardComment(live, comment.id)
  }
  return (
    <p className="comment__failed" role="alert">
      <CircleAlert size={15} aria-hidden />
      Not sent. {delivery.reason}
      <button type="button" className="button button--small" onClick={() => void sendComment(live, message)}>
        Try again
      </button>
      <button type="button" className="button button--small button--quiet" onClick={discard}>
        Discard
      </button>
    </p>
  )
}
