/** Addresses inside of words. */

import { expect, test } from 'vitest'
import { partsOf } from './Text'

test('an address becomes a link, without the sign that ends the sentence', () => {
  expect(partsOf('Veja https://exemplo.com.br/a?b=1. Ok?').map(({ text, link }) => [text, link])).toEqual([
    ['Veja ', false],
    ['https://exemplo.com.br/a?b=1', true],
    ['. Ok?', false],
  ])
})

test('nothing but http becomes a link', () => {
  expect(partsOf('javascript:alert(1)').every(({ link }) => !link)).toBe(true)
})
