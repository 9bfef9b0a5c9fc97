// The product's mark: a station and what it sends out.

/** The product's mark, `size` pixels wide. Decorative. */
export function Mark({ size }: { readonly size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="9" fill="var(--accent-fill)" />
      <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round">
        <path d="M8.4 23.6a10.75 10.75 0 0 1 15.2-15.2" opacity=".55" />
        <path d="M12.3 19.7a5.25 5.25 0 0 1 7.4-7.4" />
      </g>
      <circle cx="20.6" cy="20.6" r="3.4" fill="#fff" />
    </svg>
  )
}
