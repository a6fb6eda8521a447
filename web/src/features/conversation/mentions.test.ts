/** Mentions in a note. */

import { expect, test } from 'vitest'
import { matchAgents, mentionedIn, movePicked, splitMentions } from './mentions'

const people = [
  { id: 'a', name: 'Ana Lima' },
  { id: 'b', name: 'Bruno Sá' },
  { id: 'j', name: 'Ana Lima Júnior' },
]

test('agents are found by any word of their name, with or without accents', () => {
  expect(matchAgents('sa', people).map(({ id }) => id)).toEqual(['b'])
  expect(matchAgents('ana l', people).map(({ id }) => id)).toEqual(['a', 'j'])
  expect(matchAgents('', people)).toHaveLength(3)
})

test('mentions are read from the text', () => {
  expect(mentionedIn('@Bruno Sá e @ninguém', people, [])).toEqual({ ids: ['b'], unclear: null })
  expect(splitMentions('Oi @Ana Lima Júnior!', ['Ana Lima', 'Ana Lima Júnior'])).toEqual([
    { at: 0, text: 'Oi ', call: false },
    { at: 3, text: '@Ana Lima Júnior', call: true },
    { at: 19, text: '!', call: false },
  ])
})

test.each([
  ['@Bruno Sábato viu', []],
  ['@Bruno Sá2', []],
  ['bruno@Bruno Sá', []],
  ['(@Bruno Sá), @Bruno Sá.', ['b']],
  ['@Ana Limão e @Ana Lima', ['a']],
])('a mention has a boundary on both sides: %s', (text, ids) => {
  expect(mentionedIn(text, people, []).ids).toEqual(ids)
})

const homonyms = [
  { id: 'j1', name: 'João Silva' },
  { id: 'j2', name: 'João Silva' },
  { id: 'b', name: 'Bruno Sá' },
]

test('of two people with one name the picked one is meant, each where it was picked', () => {
  const text = 'Veja @João Silva, não @João Silva'
  expect(mentionedIn(text, homonyms, [{ id: 'j2', name: 'João Silva', at: 5 }])).toEqual({
    ids: ['j2'],
    unclear: 'João Silva',
  })
  const both = [
    { id: 'j2', name: 'João Silva', at: 5 },
    { id: 'j1', name: 'João Silva', at: 22 },
  ]
  expect(mentionedIn(text, homonyms, both)).toEqual({ ids: ['j2', 'j1'], unclear: null })
  expect(mentionedIn('@João Silva', homonyms, [])).toEqual({ ids: [], unclear: 'João Silva' })
  expect(mentionedIn('@Bruno Sá', homonyms, [])).toEqual({ ids: ['b'], unclear: null })
})

test('when one of two mentions of a name is deleted, it has to be said which one is left', () => {
  const picked = [
    { id: 'j1', name: 'João Silva', at: 0 },
    { id: 'j2', name: 'João Silva', at: 12 },
  ]
  expect(movePicked(picked, '@João Silva @João Silva', '@João Silva')).toEqual([])
  expect(movePicked(picked, '@João Silva @João Silva', '@João Silva @João')).toEqual(picked.slice(0, 1))
})

test.each([
  ['before it', 'Oi @João Silva', 'Oi, gente: @João Silva', 11],
  ['behind it', 'Oi @João Silva', 'Oi @João Silva, veja', 3],
  ['right before it', 'Oi @João Silva', 'Oi  @João Silva', 4],
  ['an @ before it', '@João Silva', '@@João Silva', 1],
  ['away', 'Oi @João Silva', 'Oi @João', undefined],
  ['within it', 'Oi @João Silva', 'Oi @João da Silva', undefined],
])('a picked mention keeps its place when the text is changed %s', (_, before, after, at) => {
  const picked = [{ id: 'j1', name: 'João Silva', at: before.indexOf('@') }]
  expect(movePicked(picked, before, after).map((one) => one.at)).toEqual(at === undefined ? [] : [at])
})
