/** Calling colleagues in a note. */

import { expect, test } from 'vitest'
import { beginning, completed, matching, mentioned, pieces } from './mentions'

const people = [
  { id: 'a', name: 'Ana Lima' },
  { id: 'b', name: 'Bruno Sá' },
  { id: 'j', name: 'Ana Lima Júnior' },
]

test('an @ at the beginning of a word calls, one inside an address does not', () => {
  expect(beginning('Veja @br', 8)).toEqual({ at: 5, written: 'br' })
  expect(beginning('@', 1)).toEqual({ at: 0, written: '' })
  expect(beginning('ana@demo', 8)).toBeNull()
  expect(beginning('sem ninguém', 11)).toBeNull()
})

test('people are found by any word of their name, with or without accents', () => {
  expect(matching('sa', people).map(({ id }) => id)).toEqual(['b'])
  expect(matching('ana l', people).map(({ id }) => id)).toEqual(['a', 'j'])
  expect(matching('', people)).toHaveLength(3)
})

test('a chosen name is written out, and what stood behind stays', () => {
  expect(completed('Veja @br isto', 8, 5, 'Bruno Sá')).toEqual(['Veja @Bruno Sá isto', 15])
})

test('who is called is read from the words', () => {
  expect(mentioned('@Bruno Sá e @ninguém', people)).toEqual(['b'])
  expect(pieces('Oi @Ana Lima Júnior!', ['Ana Lima', 'Ana Lima Júnior'])).toEqual([
    { at: 0, text: 'Oi ', call: false },
    { at: 3, text: '@Ana Lima Júnior', call: true },
    { at: 19, text: '!', call: false },
  ])
})
