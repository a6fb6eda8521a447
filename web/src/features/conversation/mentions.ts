/** Mentions of colleagues (`@name`) in a note. */

import { foldText } from '../../lib/foldText'
import { moveRanges } from '../../lib/textRanges'

export interface Colleague {
  id: string
  name: string
}

/** The agents whose name, or one word of it, starts with what was typed. */
export function matchAgents<One extends Colleague>(typed: string, agents: readonly One[]): One[] {
  const prefix = foldText(typed)
  return agents.filter(({ name }) => {
    const folded = foldText(name)
    return folded.startsWith(prefix) || folded.split(/\s+/).some((word) => word.startsWith(prefix))
  })
}

/** A mention that was picked from the list: whom it means, and the position of its `@`. */
export interface PickedMention {
  id: string
  name: string
  at: number
}

/**
 * The picked mentions after the text was changed. Those that were changed themselves are none any more, and neither are
 * two of which nobody can say which one is left.
 */
export function movePicked(picked: readonly PickedMention[], before: string, after: string): PickedMention[] {
  const moved = moveRanges(
    picked.map((one) => ({ ...one, text: `@${one.name}` })),
    before,
    after,
  ).map(({ id, name, at }) => ({ id, name, at }))
  return moved.filter(({ id, at }) => moved.every((other) => other.at !== at || other.id === id))
}

export interface Mentioned {
  ids: string[]
  /** A name that several colleagues have, and that was typed instead of picked. */
  unclear: string | null
}

/** The colleagues whom the text mentions: those that were picked, and whoever alone has a name that was typed. */
export function mentionedIn(
  text: string,
  colleagues: readonly Colleague[],
  picked: readonly PickedMention[],
): Mentioned {
  const pieces = splitMentions(
    text,
    colleagues.map(({ name }) => name),
  )
  const ids = new Set<string>()
  let unclear: string | null = null
  for (const { at, text: call } of pieces.filter((piece) => piece.call)) {
    const name = call.slice(1)
    const having = colleagues.filter((one) => one.name === name)
    const meant = picked.find((one) => one.at === at && one.name === name)?.id
    const id = having.find((one) => one.id === meant)?.id ?? (having.length === 1 ? having[0]?.id : undefined)
    if (id === undefined) unclear ??= name
    else ids.add(id)
  }
  return { ids: [...ids], unclear }
}

/** The text in pieces, with the mentions marked; a longer word that begins like a name is none. */
export function splitMentions(
  text: string,
  names: readonly string[],
): { at: number; text: string; call: boolean }[] {
  const longestFirst = [...new Set(names)].sort((a, b) => b.length - a.length)
  const escaped = longestFirst.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  if (escaped.length === 0) return [{ at: 0, text, call: false }]
  let at = 0
  const calls = new RegExp(`((?<![\\p{L}\\p{N}])@(?:${escaped.join('|')})(?![\\p{L}\\p{N}]))`, 'u')
  return text.split(calls).flatMap((part, n) => {
    const piece = { at, text: part, call: n % 2 === 1 }
    at += part.length
    return part ? [piece] : []
  })
}
