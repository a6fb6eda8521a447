/**
 * Variables in a text, as the server reads them (`domain/variables.py`; both are held to `variables.cases.json`).
 *
 * `$nome` stands for a value, `$$` for a dollar sign, any other `$` for itself. A name is the longest run of letters,
 * digits and `_` that begins with a letter and does not end with `_`; `${nome}` is the same where a letter follows.
 * Accents and case do not count. Places are those of JavaScript's strings.
 */

export const MAX_VARIABLE_NAME = 40

const LETTER = 'A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff'
const LATER = `${LETTER}\u0300-\u036f0-9`
const NAME = `[${LETTER}](?:[${LATER}_]*[${LATER}])?`
const TOKEN = new RegExp(`\\$(?:(?<dollar>\\$)|\\{(?<braced>${NAME})\\}|(?<plain>${NAME}))`, 'g')
const GOES_ON = new RegExp(`^_*[${LATER}]`)
const NEEDS_ESCAPE = new RegExp(`\\$(?=[\${${LETTER}])`, 'g')
const DEFINED = /^[a-z](?:[a-z0-9_]*[a-z0-9])?$/

/** Where a text names a variable: `text.slice(start, end)`, from the `$` on. */
export interface Reference {
  name: string
  start: number
  end: number
}

/** A piece of a parsed text: words, or a variable. Words are not empty and never follow words. */
export type Part = string | Reference

/** A text with values in it. `missing` are the variables without one, which it still names, by place. */
export interface Resolved {
  text: string
  missing: Reference[]
}

/** The form of a name that is compared and stored: without case, width and accents. */
export const foldName = (written: string): string =>
  written
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')

/** Whether a variable can have this name, which is folded already. */
export const isName = (folded: string): boolean => folded.length <= MAX_VARIABLE_NAME && DEFINED.test(folded)

/** The words and variables of a text, in order. */
export function parse(text: string): Part[] {
  const parts: Part[] = []
  let words = ''
  let begin = 0
  for (const { 0: token, index, groups } of text.matchAll(TOKEN)) {
    words += text.slice(begin, index)
    begin = index + token.length
    if (groups?.dollar) {
      words += '$'
      continue
    }
    if (words) parts.push(words)
    words = ''
    parts.push({ name: foldName(groups?.braced ?? groups?.plain ?? ''), start: index, end: begin })
  }
  words += text.slice(begin)
  if (words) parts.push(words)
  return parts
}

/** The text that parses to `parts`, with no more `$$` and braces than it needs. */
export function printParts(parts: readonly (string | Pick<Reference, 'name'>)[]): string {
  const printed: string[] = []
  let following = ''
  for (const part of parts.toReversed()) {
    if (typeof part === 'string') {
      const escaped = (part + following.slice(0, 1)).replace(NEEDS_ESCAPE, '$$$$')
      following = following ? escaped.slice(0, -1) : escaped
    } else {
      following = GOES_ON.test(following) ? `\${${part.name}}` : `$${part.name}`
    }
    printed.push(following)
  }
  return printed.reverse().join('')
}

/**
 * Puts values for the variables of a text, in one pass: what a value holds is never resolved again. A variable that is
 * unknown, or has no value now, stays as `$nome`.
 */
export function resolve(text: string, values: ReadonlyMap<string, string | null>): Resolved {
  const missing: Reference[] = []
  let resolved = ''
  for (const part of parse(text)) {
    if (typeof part === 'string') {
      resolved += part
      continue
    }
    const value = values.get(part.name)
    const start = resolved.length
    resolved += value || `$${part.name}`
    if (!value) missing.push({ name: part.name, start, end: resolved.length })
  }
  return { text: resolved, missing }
}

/** The names of the variables of a text, each once, in the order in which they first stand. */
export const namesIn = (text: string): string[] => [
  ...new Set(parse(text).flatMap((part) => (typeof part === 'string' ? [] : part.name))),
]
