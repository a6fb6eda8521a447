import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanText } from '../../../lib/cleanText'
import { namesIn, parse, printParts, resolve } from '../../../lib/variables'
import {
  fillIn,
  followText,
  type Inserted,
  NOTHING_INSERTED,
  openVariables,
  usesOf,
  withInserted,
} from './inserted'

const NAMES = ['nome', 'pedido', 'protocolo', 'a']
const BRACED = `$${'{a}'}`
const known = (name: string) => NAMES.includes(name)

/** Words that could be taken for the grammar, and whatever else people write. */
const words = fc.oneof(
  fc.constantFrom(
    '$',
    '$$',
    'R$',
    '$nome',
    '$pedido',
    BRACED,
    '{{7*7}}',
    '_',
    'olá',
    '😀',
    '\n',
    ' ',
    'nome',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const text = fc.array(words, { maxLength: 8 }).map((all) => all.join(''))
const template = fc
  .array(
    fc.oneof(
      words,
      fc.constantFrom(...NAMES).map((name) => ({ name })),
    ),
    { maxLength: 8 },
  )
  .map(printParts)
const values = fc
  .tuple(...NAMES.map(() => fc.option(text)))
  .map((all) => new Map(NAMES.map((name, n) => [name, all[n] ?? null])))

/** A message in which `before` was written, the template inserted at its end, and `after` written behind. */
function written(before: string, filled: ReturnType<typeof fillIn>, after: string): Inserted {
  const inserted = withInserted({ ...NOTHING_INSERTED, text: before + filled.text }, before.length, filled)
  return after ? followText(inserted, before + filled.text + after) : inserted
}

test('what is inserted is the text with its values, put in one pass', () => {
  fc.assert(
    fc.property(template, values, (template, values) => {
      const cleaned = new Map([...values].map(([name, value]) => [name, value && cleanText(value)]))
      expect(fillIn(template, values).text).toBe(resolve(template, cleaned).text)
    }),
  )
})

test('the variables left open are those without a value, whatever the values and the words are', () => {
  fc.assert(
    fc.property(
      template,
      values,
      fc.constantFrom('', 'Oi, ', 'R$ ', '50'),
      fc.constantFrom('', '.', ' 50'),
      (template, values, before, after) => {
        const filled = fillIn(template, values)
        const inserted = written(before, filled, after)
        const cleaned = new Map([...values].map(([name, value]) => [name, value && cleanText(value)]))
        const missing = resolve(template, cleaned).missing.map(({ name, start, end }) => ({
          name,
          start: start + before.length,
          end: end + before.length,
        }))
        // What the agent writes right behind a hole belongs to its name.
        fc.pre(!/^\d/.test(after))
        expect(openVariables(inserted, known)).toEqual(missing)
      },
    ),
    { numRuns: 300 },
  )
})

test('a message that nothing is open in is sent as the agent sees it', () => {
  fc.assert(
    fc.property(template, values, (template, values) => {
      const filled = fillIn(template, values)
      const inserted = written('', filled, '')
      const isWhole = namesIn(template).every((name) => cleanText(values.get(name) ?? ''))
      expect(openVariables(inserted, known).length === 0).toBe(isWhole)
      // The outbox and the server clean the text once more, which changes nothing of a value.
      for (const piece of filled.pieces) expect(cleanText(piece.text)).toBe(piece.text)
    }),
  )
})

test('a variable that was typed by hand is open, unless it does not exist', () => {
  const typed: Inserted = { ...NOTHING_INSERTED, text: 'Oi $nome, US$50, $$a e $outra' }
  expect(openVariables(typed, known)).toEqual([{ name: 'nome', start: 3, end: 8 }])
})

test('a value that looks like a variable stays as it is, and so do words behind a dollar sign', () => {
  const filled = fillIn('Oi, $nome! Digite $$pedido', new Map([['nome', `$protocolo $$a ${BRACED}`]]))
  expect(filled.text).toBe(`Oi, $protocolo $$a ${BRACED}! Digite $pedido`)
  expect(openVariables(written('', filled, ''), known)).toEqual([])
})

test('a dollar sign before a variable does not hide it', () => {
  const filled = fillIn('R$$$pedido', new Map([['pedido', null]]))
  expect(parse('R$$$pedido')).toHaveLength(2)
  expect(filled.text).toBe('R$$pedido')
  expect(openVariables(written('', filled, ''), known)).toEqual([{ name: 'pedido', start: 2, end: 9 }])
})

test('a hole that is written over is filled; an emptied message has nothing of a quick reply', () => {
  const filled = fillIn('Código: $pedido.', new Map())
  const reply = { id: 'r', version: 2, variables: ['pedido'] }
  const inserted = withInserted({ ...NOTHING_INSERTED, text: filled.text }, 0, filled, reply)
  const over = followText(inserted, 'Código: 38214.')
  expect(openVariables(over, known)).toEqual([])
  expect(usesOf(over)).toEqual([{ id: 'r', version: 2 }])
  expect(followText(over, '')).toEqual(NOTHING_INSERTED)
})

test('a quick reply counts as long as something of it is left, edited or not', () => {
  const filled = fillIn('Olá! Tudo bem?', new Map())
  const reply = { id: 'r', version: 1, variables: [] }
  const before = withInserted({ ...NOTHING_INSERTED, text: `Então: ${filled.text}` }, 7, filled, reply)
  const uses = (...texts: string[]) => usesOf(texts.reduce(followText, before))
  expect(uses('Então: Olá, Ana! Tudo bem?', 'Olá, Ana! Tudo bem?')).toHaveLength(1)
  expect(uses('Então: Olá!', 'Então: Olá! E agora, isto.')).toHaveLength(1)
  // taken back by the browser, or written over
  expect(uses('Então: /ola')).toEqual([])
  expect(uses('Então: ', 'Então: outra coisa')).toEqual([])
})

test('of many quick replies the last ten are told, each once', () => {
  const filled = { text: 'x', pieces: [] }
  let inserted = NOTHING_INSERTED
  for (let n = 0; n < 13; n++) {
    const reply = { id: `r${n % 12}`, version: 1, variables: [] }
    inserted = withInserted(followText(inserted, 'x'.repeat(n + 1)), n, filled, reply)
  }
  expect(inserted.replies).toHaveLength(13)
  expect(usesOf(inserted).map(({ id }) => Number(id.slice(1)))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})
