/** An agent's initials in a circle. */

/** "Érica Kubo 🌻" → "ÉK": of the first and the last word that has a letter or digit, as the server does for contacts. */
export function initialsOf(name: string): string {
  const letters = name.normalize('NFC').split(/\s+/).flatMap(firstLetter)
  return letters.length > 1 ? `${letters[0]}${letters.at(-1)}` : (letters[0] ?? '?')
}

/** A whole code point, and one letter also where upper case has two ("ß"). */
function firstLetter(word: string): string[] {
  const [letter] = /[\p{L}\p{N}]/u.exec(word) ?? []
  return letter ? [...letter.toUpperCase()].slice(0, 1) : []
}

export function AgentAvatar({ name, small = false }: { name: string; small?: boolean }) {
  return (
    <span className={small ? 'agent-avatar agent-avatar-sm' : 'agent-avatar'} aria-hidden="true">
      {initialsOf(name)}
    </span>
  )
}
