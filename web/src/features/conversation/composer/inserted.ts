/**
 * What was put into a message from quick replies and variables: where their values stand, which variables have none, and
 * which quick replies they were. The message itself is only its text.
 */

import { cleanText } from '../../../lib/cleanText'
import { type Extent, moveExtent, moveRanges, type TextRange } from '../../../lib/textRanges'
import { parse } from '../../../lib/variables'

/**
 * A piece of the text that is not looked through again: a value, words of a quick reply that look like a variable, or a
 * variable without a value, which has to go before the message can be sent.
 */
export interface Piece extends TextRange {
  kind: 'value' | 'words' | 'hole'
}

/** A version of a quick reply, with the variables of its text. */
export interface UsedReply {
  id: string
  version: number
  variables: readonly string[]
}

/** A quick reply and what is left of it in the text, which may have been edited. */
type PlacedReply = UsedReply & Extent

export interface Inserted {
  /** The message that the pieces stand in. */
  text: string
  pieces: readonly Piece[]
  replies: readonly PlacedReply[]
}

export const NOTHING_INSERTED: Inserted = { text: '', pieces: [], replies: [] }

export type Values = ReadonlyMap<string, string | null>

/** A text as it is inserted, with its pieces. */
export interface Filled {
  text: string
  pieces: readonly Piece[]
}

/** Puts the values into a text of the grammar, in one pass: what a value holds is not looked at (as `resolve`). */
export function fillIn(template: string, values: Values): Filled {
  const pieces: Piece[] = []
  let text = ''
  const put = (kind: Piece['kind'], words: string) => {
    pieces.push({ kind, at: text.length, text: words })
    text += words
  }
  for (const part of parse(template)) {
    if (typeof part === 'string') {
      for (const word of splitReferences(part)) {
        if (word.isReference) put('words', word.text)
        else text += word.text
      }
      continue
    }
    const value = cleanText(values.get(part.name) ?? '')
    put(value ? 'value' : 'hole', value || `$${part.name}`)
  }
  return { text, pieces }
}

/** What is left after the agent has changed the text. */
export function followText(inserted: Inserted, text: string): Inserted {
  if (text === inserted.text) return inserted
  return {
    text,
    pieces: moveRanges(inserted.pieces, inserted.text, text),
    replies: inserted.replies.flatMap((reply) => {
      const extent = moveExtent(reply, inserted.text, text)
      return extent ? [{ ...reply, ...extent }] : []
    }),
  }
}

/** Adds what now stands at `at`. */
export function withInserted(inserted: Inserted, at: number, filled: Filled, reply?: UsedReply): Inserted {
  const placed = reply ? [{ ...reply, start: at, end: at + filled.text.length }] : []
  return {
    ...inserted,
    pieces: [...inserted.pieces, ...filled.pieces.map((piece) => ({ ...piece, at: piece.at + at }))],
    replies: [...inserted.replies, ...placed],
  }
}

const MAX_USES = 10

/** Which versions the message was written with, each once, the last ones where there are too many. */
export function usesOf({ replies }: Inserted): { id: string; version: number }[] {
  const each = new Map(replies.map(({ id, version }) => [`${id} ${version}`, { id, version }]))
  return [...each.values()].slice(-MAX_USES)
}

/** A variable that the text still names, and where. */
export interface OpenVariable {
  name: string
  start: number
  end: number
}

/**
 * The variables that the text still names: those that were inserted without a value, and those that were typed by hand
 * (`known` are the names that exist). Sent as they are, the customer would read `$nome`.
 */
export function openVariables({ text, pieces }: Inserted, known: (name: string) => boolean): OpenVariable[] {
  const open: OpenVariable[] = []
  let from = 0
  const lookThrough = (until: number) => {
    for (const part of parse(text.slice(from, until))) {
      if (typeof part === 'string' || !known(part.name)) continue
      open.push({ name: part.name, start: from + part.start, end: from + part.end })
    }
  }
  for (const piece of [...pieces].sort((a, b) => a.at - b.at)) {
    if (piece.at < from) continue
    lookThrough(piece.at)
    from = piece.at + piece.text.length
    if (piece.kind === 'hole') open.push({ name: piece.text.slice(1), start: piece.at, end: from })
  }
  lookThrough(text.length)
  return open
}

function splitReferences(words: string): { text: string; isReference: boolean }[] {
  const split: { text: string; isReference: boolean }[] = []
  let from = 0
  for (const part of parse(words)) {
    if (typeof part === 'string') continue
    split.push(
      { text: words.slice(from, part.start), isReference: false },
      { text: words.slice(part.start, part.end), isReference: true },
    )
    from = part.end
  }
  return [...split, { text: words.slice(from), isReference: false }]
}
