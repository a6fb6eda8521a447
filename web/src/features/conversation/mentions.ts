/** Who is called by `@` in a note. */

export interface Colleague {
  id: string
  name: string
}

const plain = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase('pt-BR')

/** What is being written after an `@` right before the cursor, and where it began; null when nothing is. */
export function beginning(text: string, cursor: number): { at: number; written: string } | null {
  const found = /(^|[\s(])@([^\s@]*(?: [^\s@]*)?)$/u.exec(text.slice(0, cursor))
  if (!found) return null
  const written = found[2] ?? ''
  return { at: cursor - written.length - 1, written }
}

/** Those whose name, or one word of it, begins so. */
export function matching<One extends Colleague>(written: string, people: readonly One[]): One[] {
  const wanted = plain(written)
  return people.filter(({ name }) => {
    const words = plain(name)
    return words.startsWith(wanted) || words.split(/\s+/).some((word) => word.startsWith(wanted))
  })
}

/** The text with the name written out, and where the cursor goes. */
export function completed(text: string, cursor: number, at: number, name: string): [string, number] {
  const before = `${text.slice(0, at)}@${name} `
  return [before + text.slice(cursor).replace(/^ /, ''), before.length]
}

/** The ids of those whom the text calls by their full name. */
export function mentioned(text: string, people: readonly Colleague[]): string[] {
  const names = people.map(({ name }) => name)
  const called = new Set(pieces(text, names).flatMap((piece) => (piece.call ? [piece.text.slice(1)] : [])))
  return people.filter(({ name }) => called.has(name)).map(({ id }) => id)
}

/** The text in pieces; those that call somebody are marked. */
export function pieces(
  text: string,
  names: readonly string[],
): { at: number; text: string; call: boolean }[] {
  const longestFirst = [...names].sort((a, b) => b.length - a.length)
  const escaped = longestFirst.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  if (escaped.length === 0) return [{ at: 0, text, call: false }]
  let at = 0
  return text.split(new RegExp(`(@(?:${escaped.join('|')}))`, 'u')).flatMap((part, n) => {
    const piece = { at, text: part, call: n % 2 === 1 }
    at += part.length
    return part ? [piece] : []
  })
}
