/** Mentions of colleagues (`@name`) in a note. */

export interface Colleague {
  id: string
  name: string
}

const foldAccents = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase('pt-BR')

/** The mention being typed before the cursor, and the position of its `@`; null when there is none. */
export function mentionAt(text: string, cursor: number): { at: number; typed: string } | null {
  const found = /(^|[\s(])@([^\s@]*(?: [^\s@]*)?)$/u.exec(text.slice(0, cursor))
  if (!found) return null
  const typed = found[2] ?? ''
  return { at: cursor - typed.length - 1, typed }
}

/** The agents whose name, or one word of it, starts with what was typed. */
export function matchAgents<One extends Colleague>(typed: string, agents: readonly One[]): One[] {
  const prefix = foldAccents(typed)
  return agents.filter(({ name }) => {
    const folded = foldAccents(name)
    return folded.startsWith(prefix) || folded.split(/\s+/).some((word) => word.startsWith(prefix))
  })
}

/** The text with the full name inserted, and the new cursor position. */
export function completeMention(text: string, cursor: number, at: number, name: string): [string, number] {
  const before = `${text.slice(0, at)}@${name} `
  return [before + text.slice(cursor).replace(/^ /, ''), before.length]
}

/** The ids of the colleagues whom the text mentions by their full name. */
export function mentionedIds(text: string, colleagues: readonly Colleague[]): string[] {
  const names = colleagues.map(({ name }) => name)
  const called = new Set(
    splitMentions(text, names).flatMap((piece) => (piece.call ? [piece.text.slice(1)] : [])),
  )
  return colleagues.filter(({ name }) => called.has(name)).map(({ id }) => id)
}

/** The text in pieces, with the mentions marked. */
export function splitMentions(
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
