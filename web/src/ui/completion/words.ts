/** The word before the cursor that a list completes, by the sign with which it begins. */

export interface Word {
  /** Where its sign stands; what is picked takes the place from here to the cursor. */
  start: number
  /** What was typed behind the sign. */
  typed: string
}

/** Finds a word in the text before the cursor. */
export type FindWord = (before: string) => Word | null

/** `typed` is the last group of the pattern, and `sign` stands before it. */
const finder =
  (pattern: RegExp, sign: string): FindWord =>
  (before) => {
    const typed = pattern.exec(before)?.at(-1)
    return typed === undefined ? null : { start: before.length - typed.length - sign.length, typed }
  }

/** `/ola`, at the beginning of a word: not in `24/7`. */
export const findSlashWord: FindWord = finder(/(?:^|\s)\/([^\s/]*)$/u, '/')

/** `$nome`; not in `R$50`, nor behind the dollar sign that is written `$$`. */
export const findDollarWord: FindWord = finder(
  /(?:^|[^\p{L}\p{N}$])\$((?:[\p{L}][\p{L}\p{M}\p{N}_]*)?)$/u,
  '$',
)

/** `:nome`, from two letters on, at the beginning of a word: not in `12:30`. */
export const findColonWord: FindWord = finder(/(?:^|[\s(])(?::)([\p{L}\p{N}+][\p{L}\p{M}\p{N}_+-]+)$/u, ':')

/** `@Ana Lima`: a name has a space. */
export const findAtWord: FindWord = finder(/(?:^|[\s(])@([^\s@]*(?: [^\s@]*)?)$/u, '@')

/**
 * Where the text ends whose place the inserted one takes: at the cursor, or behind the space that follows it when the
 * inserted text brings its own.
 */
export const replacedUntil = (text: string, cursor: number, inserted: string): number =>
  inserted.endsWith(' ') && text[cursor] === ' ' ? cursor + 1 : cursor
