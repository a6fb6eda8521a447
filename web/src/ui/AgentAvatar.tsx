/** An agent's initials in a circle. */

/** "Ana Lima" → "AL". */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const last = words.length > 1 ? (words.at(-1) ?? '') : ''
  return ((words[0]?.[0] ?? '') + (last[0] ?? '')).toUpperCase()
}

export function AgentAvatar({ name, small = false }: { name: string; small?: boolean }) {
  return (
    <span className={small ? 'agent-avatar agent-avatar-sm' : 'agent-avatar'} aria-hidden="true">
      {initialsOf(name)}
    </span>
  )
}
