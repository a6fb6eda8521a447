import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DiffPart, diffWords } from './diffWords'

const without = (parts: readonly DiffPart[], kind: DiffPart['kind']): string =>
  parts
    .filter((part) => part.kind !== kind)
    .map(({ text }) => text)
    .join('')

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('Olá', ' ', '$nome', '!', 'Bom dia', '\n', '🙂'), { maxLength: 12 })
    .map((all) => all.join('')),
)

test('both texts can be read from the parts, whatever they are', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const parts = diffWords(before, after)
      expect(without(parts, 'added')).toBe(before)
      expect(without(parts, 'removed')).toBe(after)
    }),
  )
})

test('what is the same is not marked, and a variable is one word', () => {
  expect(diffWords('Olá, $primeiro_nome! Meu nome é $analista.', 'Olá, $nome! Sou $analista.')).toEqual([
    { kind: 'same', text: 'Olá, ' },
    { kind: 'removed', text: '$primeiro_nome' },
    { kind: 'added', text: '$nome' },
    { kind: 'same', text: '! ' },
    { kind: 'removed', text: 'Meu nome é' },
    { kind: 'added', text: 'Sou' },
    { kind: 'same', text: ' $analista.' },
  ])
  expect(diffWords('igual', 'igual')).toEqual([{ kind: 'same', text: 'igual' }])
})

test('words that follow each other are one change', () => {
  expect(diffWords('darei continuidade agora', 'vou seguir com isto')).toEqual([
    { kind: 'removed', text: 'darei continuidade agora' },
    { kind: 'added', text: 'vou seguir com isto' },
  ])
})

test('two long texts that share nothing are told at once', () => {
  const [a, b] = ['a '.repeat(2000), 'b '.repeat(2000)]
  expect(diffWords(a, b).map(({ kind }) => kind)).toEqual(['removed', 'added', 'same'])
})
