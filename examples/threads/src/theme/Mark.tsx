// The sign of Threads: lines of a discussion.

/** The sign. `size`: pixels. */
export function Mark({ size }: { readonly size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="9" fill="var(--accent-fill)" />
      <path d="M8 11h16M8 16h11M8 21h7" stroke="#f7f2e7" strokeWidth="2.4" strokeLinecap="round" />
      <circle cx="22.5" cy="21" r="2.6" fill="#e9a45b" />
    </svg>
  )
}
