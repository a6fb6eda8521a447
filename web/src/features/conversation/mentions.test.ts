/** Mentions in a note. */

import { expect, test } from 'vitest'
import { completeMention, matchAgents, mentionAt, mentionedIds, splitMentions } from './mentions'

const people = [
  { id: 'a', name: 'Ana Lima' },
  { id: 'b', name: 'Bruno Sá' },
  { id: 'j', name: 'Ana Lima Júnior' },
]

test('an @ at the start of a word begins a mention, one inside an address does not', () => {
  expect(mentionAt('Veja @br', 8)).toEqual({ at: 5, typed: 'br' })
  expect(mentionAt('@', 1)).toEqual({ at: 0, typed: '' })
  expect(mentionAt('ana@demo', 8)).toBeNull()
  expect(mentionAt('sem ninguém', 11)).toBeNull()
})

test('agents are found by any word of their name, with or without accents', () => {
  expect(matchAgents('sa', people).map(({ id }) => id)).toEqual(['b'])
  expect(matchAgents('ana l', people).map(({ id }) => id)).toEqual(['a', 'j'])
  expect(matchAgents('', people)).toHaveLength(3)
})

test('a chosen name is inserted, and the text after it stays', () => {
  expect(completeMention('Veja @br isto', 8, 5, 'Bruno Sá')).toEqual(['Veja @Bruno Sá isto', 15])
})

test('mentions are read from the text', () => {
  expect(mentionedIds('@Bruno Sá e @ninguém', people)).toEqual(['b'])
  expect(splitMentions('Oi @Ana Lima Júnior!', ['Ana Lima', 'Ana Lima Júnior'])).toEqual([
    { at: 0, text: 'Oi ', call: false },
    { at: 3, text: '@Ana Lima Júnior', call: true },
    { at: 19, text: '!', call: false },
  ])
})
