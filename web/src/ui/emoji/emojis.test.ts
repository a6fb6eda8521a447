import rows from 'virtual:emojis'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawnHere, inTone, readRow, SKIN_TONES, searchEmojis } from './emojis'
import { withRecent } from './habits'

const all = rows.map(readRow)
const found = (typed: string, limit = 8): string[] =>
  searchEmojis(all, typed, limit).map(({ emoji }) => emoji)
const anyEmoji = fc.constantFrom(...all)

test.each([
  ['pacote', '📦'],
  ['package', '📦'],
  ['coracao', '❤️'],
  ['CORAÇÃO', '❤️'],
  ['coração_vermelho', '❤️'],
  ['thumbs up', '👍'],
  ['joia', '👍'],
  ['valeu', '👍'],
  ['caminhao', '🚚'],
])('%s finds %s', (typed, emoji) => {
  expect(found(typed, 60)).toContain(emoji)
})

test('every emoji is found first by its whole name, in both languages, with and without accents', () => {
  const bare = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '')
  fc.assert(
    fc.property(
      anyEmoji,
      fc.constantFrom('pt' as const, 'en' as const),
      fc.boolean(),
      (one, language, plain) => {
        const name = plain ? bare(one[language]).toUpperCase() : one[language]
        const first = searchEmojis(all, name, 5)
        expect(first).toContain(one)
      },
    ),
  )
})

test('whatever is typed, what is found has it in a name or a tag, and no more than asked for', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    anyEmoji.map((one) => one.pt.slice(0, 4)),
  )
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 50 }), (typed, limit) => {
      const hits = searchEmojis(all, typed, limit)
      expect(hits.length).toBeLessThanOrEqual(limit)
      expect(new Set(hits).size).toBe(hits.length)
      const query = typed.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase('pt-BR')
      const words = query.replaceAll(/[_-]/g, ' ').trim()
      for (const { folded } of hits)
        expect([...folded.names, ...folded.tags].some((text) => text.includes(words))).toBe(true)
    }),
  )
})

test('nothing that is an emoji by itself carries a presentation selector', () => {
  for (const { emoji, tones } of all)
    for (const one of [emoji, ...tones]) expect(one).not.toMatch(/^\p{Emoji_Presentation}\ufe0f/u)
})

test('a tone is worn by those that have it, and by no other', () => {
  const thumb = all.find(({ emoji }) => emoji === '👍')
  const parcel = all.find(({ emoji }) => emoji === '📦')
  expect(thumb && SKIN_TONES.map((tone) => inTone(thumb, tone))).toEqual([
    '👍',
    '👍🏻',
    '👍🏼',
    '👍🏽',
    '👍🏾',
    '👍🏿',
  ])
  expect(parcel && inTone(parcel, 'dark')).toBe('📦')
  for (const { tones } of all) expect([0, 5]).toContain(tones.length)
})

test('what the browser has no picture for is left out; with no pictures at all, all stay', () => {
  const shown = drawnHere(all, (emoji) => {
    const one = all.find((each) => each.emoji === emoji)
    return one !== undefined && one.version <= 14 && !emoji.startsWith('🇧')
  })
  expect(Math.max(...shown.map(({ version }) => version))).toBeLessThanOrEqual(14)
  expect(shown.length).toBeGreaterThan(1_000)
  expect(shown.some(({ emoji }) => emoji === '🇧🇷')).toBe(false)
  expect(shown.some(({ emoji }) => emoji === '🏁')).toBe(true)
  expect(drawnHere(all, () => false)).toBe(all)
})

test('the emoji used last stands first, each once, and not more than one row', () => {
  fc.assert(
    fc.property(
      fc.array(
        anyEmoji.map(({ emoji }) => emoji),
        { minLength: 1, maxLength: 30 },
      ),
      (used) => {
        const recent = used.reduce<string[]>(withRecent, [])
        expect(recent[0]).toBe(used.at(-1))
        expect(new Set(recent).size).toBe(recent.length)
        expect(recent).toEqual([...new Set([...used].reverse())].slice(0, 9))
      },
    ),
  )
})
