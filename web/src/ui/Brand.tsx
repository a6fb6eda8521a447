/** The service bell: the product's mark, and an illustration. */

export function BrandMark({ size = 28 }: { size?: number }) {
  return (
    <svg className="brand-mark" viewBox="0 0 28 28" width={size} height={size} aria-hidden="true">
      <rect width="28" height="28" rx="8" fill="var(--brand)" />
      <path d="M6.2 18.2a7.8 7.8 0 0 1 15.6 0Z" fill="var(--brand-text)" />
      <path d="M4.6 21.1h18.8" stroke="var(--brand-text)" strokeWidth="2.2" strokeLinecap="round" />
      <circle cx="14" cy="7.7" r="1.7" fill="var(--brand-text)" />
    </svg>
  )
}

/** The illustration of empty screens; it rings when nobody is waiting. */
export function BellArt({ ringing = false }: { ringing?: boolean }) {
  return (
    <svg className="art" viewBox="0 0 132 92" fill="none" aria-hidden="true">
      <path d="M4 76h124" stroke="var(--text)" strokeWidth="3.5" strokeLinecap="round" />
      <path d="M36 68a30 30 0 0 1 60 0Z" fill="var(--brand)" />
      <path
        d="M46 62a21 21 0 0 1 15-15"
        stroke="var(--brand-text)"
        strokeOpacity=".35"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <circle cx="66" cy="30" r="5" fill="var(--text)" />
      <path d="M66 35v4" stroke="var(--text)" strokeWidth="3" />
      {ringing && (
        <path
          d="M28 34 20 28M104 34l8-6M66 16V6"
          stroke="var(--line-control)"
          strokeWidth="2.6"
          strokeLinecap="round"
        />
      )}
    </svg>
  )
}
