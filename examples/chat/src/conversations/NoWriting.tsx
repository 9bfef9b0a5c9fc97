// Stands where messages are written, when one may not: why, in a line.
import type { Conversation } from '@nowcast/react'
import { Archive, MicOff } from 'lucide-react'
import './noWriting.css'

/** Why nothing can be written here. */
export function NoWriting({ info }: { readonly info: Conversation }) {
  const archived = info.archivedAt !== undefined
  const Icon = archived ? Archive : MicOff
  return (
    <p className="no-writing" role="status">
      <Icon size={16} aria-hidden />
      {archived
        ? 'This conversation is archived. You can still read it.'
        : `Only ${info.permissions.post === 'owner' ? 'the owner writes' : 'the owner and admins write'} here.`}
    </p>
  )
}
