/** Links in a text, and where a long text is folded. */

import { expect, test } from 'vitest'
import { foldIndex, splitLinks } from './MessageText'

test('a URL becomes a link, without the punctuation that ends the sentence', () => {
  expect(splitLinks('Veja https://exemplo.com.br/a?b=1. Ok?').map(({ text, href }) => [text, href])).toEqual([
    ['Veja ', null],
    ['https://exemplo.com.br/a?b=1', 'https://exemplo.com.br/a?b=1'],
    ['. Ok?', null],
  ])
})

test('only http and https URLs become links', () => {
  expect(splitLinks('javascript:alert(1)').every(({ href }) => !href)).toBe(true)
})

test('a text that fits on a screen is not folded', () => {
  expect(foldIndex('')).toBe(null)
  expect(foldIndex('x'.repeat(2_000))).toBe(null)
  expect(foldIndex('linha\n'.repeat(29))).toBe(null)
})

test('a long text is folded after a screenful of characters or of lines', () => {
  expect(foldIndex('x'.repeat(65_536))).toBe(1_500)
  expect(foldIndex('1\n'.repeat(32_768))).toBe(39)
})

test('a fold is never inside a grapheme', () => {
  const family = '\u{1F468}\u200d\u{1F469}\u200d\u{1F467}'
  expect((foldIndex(family.repeat(1_000)) as number) % family.length).toBe(0)
})

test('a URL cut by the fold still links to the whole of it', () => {
  expect(splitLinks('Veja https://exemplo.com.br/abc e mais https://b.com', 20)).toEqual([
    { at: 0, text: 'Veja ', href: null },
    { at: 5, text: 'https://exemplo', href: 'https://exemplo.com.br/abc' },
  ])
})
