/** The emojis with their names in Portuguese and English, loaded when they are first needed. */

import { foldText } from '../../lib/foldText'
import { isDrawn } from './isDrawn'

export type EmojiRow = readonly [
  emoji: string,
  group: number,
  version: number,
  pt: string,
  en: string,
  ptTags: readonly string[],
  enTags: readonly string[],
  /** Five, from light to dark; none where the skin does not show. */
  tones: readonly string[],
]

export interface Emoji {
  emoji: string
  group: number
  version: number
  pt: string
  en: string
  tags: readonly string[]
  tones: readonly string[]
  /** As `fold` leaves them. */
  folded: { names: readonly string[]; tags: readonly string[] }
}

export const SKIN_TONES = ['none', 'light', 'medium-light', 'medium', 'medium-dark', 'dark'] as const
export type SkinTone = (typeof SKIN_TONES)[number]

export const FLAGS = 9

export const emojisQuery = {
  queryKey: ['emojis'],
  queryFn: async () => drawnHere((await import('virtual:emojis')).default.map(readRow)),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
}

/** What was typed and what is looked through, alike: without accents, in small letters, words apart. */
const fold = (text: string): string => foldText(text).replaceAll(/[_-]/g, ' ').trim()

export function readRow([emoji, group, version, pt, en, ptTags, enTags, tones]: EmojiRow): Emoji {
  const tags = [...new Set([...ptTags, ...enTags])]
  const folded = { names: [pt, en].map(fold), tags: tags.map(fold) }
  return { emoji, group, version, pt, en, tags, tones, folded }
}

/** Those that this browser has a picture for; all of them where it has none at all. */
export function drawnHere(all: readonly Emoji[], drawn = isDrawn): readonly Emoji[] {
  const firstOf = new Map<number, string>()
  for (const { version, emoji } of all) if (!firstOf.has(version)) firstOf.set(version, emoji)
  const newest = [...firstOf].sort(([a], [b]) => b - a).find(([, emoji]) => drawn(emoji))?.[0]
  if (newest === undefined) return all
  // Windows draws the letters of the country in place of its flag.
  const hasFlags = drawn('🇧🇷')
  return all.filter(
    ({ version, emoji }) => version <= newest && (hasFlags || !/^\p{Regional_Indicator}/u.test(emoji)),
  )
}

/** The emoji in that tone of skin, where it has one. */
export const inTone = ({ emoji, tones }: Emoji, tone: SkinTone): string =>
  tones[SKIN_TONES.indexOf(tone) - 1] ?? emoji

/**
 * The emojis that have what was typed in a name or a tag of either language: whole names first, then whole tags, beginnings
 * of names, of their words, of tags, and last any other place.
 */
export function searchEmojis(all: readonly Emoji[], typed: string, limit: number): Emoji[] {
  const query = fold(typed)
  if (query === '') return []
  return all
    .map((one) => ({ one, rank: rankOf(one, query) }))
    .filter(({ rank }) => rank < NOT_FOUND)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, limit)
    .map(({ one }) => one)
}

const NOT_FOUND = 6

function rankOf({ folded: { names, tags } }: Emoji, query: string): number {
  const begins = (text: string) => text.startsWith(query)
  const has = (text: string) => text.includes(query)
  if (names.includes(query)) return 0
  if (tags.includes(query)) return 1
  if (names.some(begins)) return 2
  if (names.some((name) => name.includes(` ${query}`))) return 3
  if (tags.some(begins)) return 4
  return names.some(has) || tags.some(has) ? 5 : NOT_FOUND
}
