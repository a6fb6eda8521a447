import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type FindWord,
  findAtWord,
  findColonWord,
  findDollarWord,
  findSlashWord,
  replacedUntil,
} from './words'

/** The text before the cursor, which is `|`. */
const at = (find: FindWord, text: string) => find(text.slice(0, text.indexOf('|')))

test.each<[string, FindWord, string, { start: number; typed: string } | null]>([
  ['/ alone', findSlashWord, '/|', { start: 0, typed: '' }],
  ['/ at the beginning of a word', findSlashWord, 'Oi /ola| tudo', { start: 3, typed: 'ola' }],
  ['/ at the beginning of a line', findSlashWord, 'Oi\n/é|', { start: 3, typed: 'é' }],
  ['a fraction', findSlashWord, '24/7|', null],
  ['a path', findSlashWord, '/etc/pas|', null],
  ['a word that is over', findSlashWord, '/ola |', null],
  ['$ alone', findDollarWord, 'protocolo é $|', { start: 12, typed: '' }],
  ['$ behind a bracket', findDollarWord, '($pri|', { start: 1, typed: 'pri' }],
  ['$ with an accent', findDollarWord, '$códi|', { start: 0, typed: 'códi' }],
  ['money', findDollarWord, 'R$|', null],
  ['money with a number', findDollarWord, '$50|', null],
  ['a dollar sign', findDollarWord, '$$no|', null],
  [': and a name', findColonWord, 'oi :paco|', { start: 3, typed: 'paco' }],
  [': with one letter', findColonWord, ':p|', null],
  ['a smile', findColonWord, ':)|', null],
  ['an hour', findColonWord, '12:30|', null],
  ['an address', findColonWord, 'https://a|', null],
  ['+1', findColonWord, ':+1|', { start: 0, typed: '+1' }],
  ['@ within a text', findAtWord, 'Veja @br|', { start: 5, typed: 'br' }],
  ['@ alone', findAtWord, '@|', { start: 0, typed: '' }],
  ['a name with a space', findAtWord, '@ana l|', { start: 0, typed: 'ana l' }],
  ['an e-mail address', findAtWord, 'ana@demo|', null],
  ['no sign', findAtWord, 'sem ninguém|', null],
])('%s', (_, find, text, word) => {
  expect(at(find, text)).toEqual(word)
})

test('whatever is written before, a found word ends at the cursor and stands behind its sign', () => {
  const signs: readonly (readonly [string, FindWord])[] = [
    ['/', findSlashWord],
    ['$', findDollarWord],
    [':', findColonWord],
    ['@', findAtWord],
  ]
  const pieces = fc.constantFrom('/', '$', ':', '@', ' ', '\n', 'olá', 'e\u0301', '1', '_', '(', '😀', 'Z')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const before = parts.join('')
      for (const [sign, find] of signs) {
        const word = find(before)
        if (word) expect(before.slice(word.start)).toBe(sign + word.typed)
        // Nothing begins within a word.
        if (word && word.start > 0) expect(before[word.start - 1]).not.toMatch(/[\p{L}\p{N}]/u)
      }
    }),
  )
})

test('a text with a space of its own takes the place of the one behind the cursor', () => {
  expect(replacedUntil('Veja @br isto', 8, '@Bruno Sá ')).toBe(9)
  expect(replacedUntil('Veja @br isto', 8, '@Bruno Sá')).toBe(8)
  expect(replacedUntil('Veja @br', 8, '@Bruno Sá ')).toBe(8)
})
