// What will be sent along: files by their addresses, each to be taken off again or put into the text instead.
import type { Attachment } from '@nowcast/react'
import { Image, Link2, TextCursorInput, X } from 'lucide-react'
import { IconButton } from '../theme/IconButton.tsx'
import { hostOf, isPicture } from './attachments.ts'

/** What the row needs. */
export type AttachmentChipsProps = {
  readonly attachments: readonly Attachment[]
  readonly onRemove: (attachment: Attachment) => void
  /** Takes it off and puts its address into the text. */
  readonly onUnfold: (attachment: Attachment) => void
}

/** What will be sent along. */
export function AttachmentChips({ attachments, onRemove, onUnfold }: AttachmentChipsProps) {
  return (
    <ul className="attaching" aria-label="Attachments">
      {attachments.map((attachment) => (
        <li key={attachment.url} className="attaching__one">
          {isPicture(attachment) ? (
            <span className="attaching__thumb">
              <Image size={16} aria-hidden />
              <img src={attachment.url} alt="" onError={(event) => event.currentTarget.remove()} />
            </span>
          ) : (
            <span className="attaching__thumb">
              <Link2 size={16} aria-hidden />
            </span>
          )}
          <span className="attaching__text">
            <span className="attaching__name">{attachment.name}</span>
            <span className="attaching__host">{hostOf(attachment)}</span>
          </span>
          <IconButton
            icon={TextCursorInput}
            label="Put the address into the text instead"
            small
            onClick={() => onUnfold(attachment)}
          />
          <IconButton
            icon={X}
            label={`Remove ${attachment.name}`}
            small
            onClick={() => onRemove(attachment)}
          />
        </li>
      ))}
    </ul>
  )
}
