// What was sent along: pictures are shown, other files are links.
import type { Attachment } from '@nowcast/react'
import { ExternalLink, FileText } from 'lucide-react'
import { useState } from 'react'
import { hostOf, isPicture } from '../composer/attachments.ts'
import './attachments.css'

/** What was sent along. */
export function Attachments({ attachments }: { readonly attachments: readonly Attachment[] }) {
  return (
    <ul className="attachments" aria-label="Attachments">
      {attachments.map((attachment) => (
        <li key={attachment.url}>
          {isPicture(attachment) ? <Picture attachment={attachment} /> : <File attachment={attachment} />}
        </li>
      ))}
    </ul>
  )
}

function Picture({ attachment }: { readonly attachment: Attachment }) {
  const [broken, setBroken] = useState(false)
  if (broken) return <File attachment={attachment} />
  const { url, name } = attachment
  return (
    <a className="picture" href={url} target="_blank" rel="noreferrer noopener" title={name}>
      <img src={url} alt={name} loading="lazy" referrerPolicy="no-referrer" onError={() => setBroken(true)} />
    </a>
  )
}

function File({ attachment }: { readonly attachment: Attachment }) {
  const { url, name, bytes } = attachment
  return (
    <a className="file" href={url} target="_blank" rel="noreferrer noopener">
      <span className="file__icon">
        <FileText size={18} strokeWidth={1.7} aria-hidden />
      </span>
      <span className="file__text">
        <span className="file__name">{name}</span>
        <span className="file__host">
          {hostOf(attachment)}
          {bytes !== undefined && ` · ${sizeOf(bytes)}`}
        </span>
      </span>
      <ExternalLink size={14} className="file__out" aria-hidden />
    </a>
  )
}

const KILO = 1000

function sizeOf(bytes: number): string {
  if (bytes < KILO) return `${bytes} B`
  return bytes < KILO * KILO ? `${Math.round(bytes / KILO)} kB` : `${(bytes / KILO / KILO).toFixed(1)} MB`
}
