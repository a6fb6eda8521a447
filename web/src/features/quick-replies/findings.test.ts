import { describe, expect, test } from 'vitest'
import type { Finding } from '../../api'
import { cutFrom, placeFindings, placeUnknown, replaceAll } from './findings'

const finding = (
  start: number,
  value: string,
  variable: string | null,
  kind: Finding['kind'] = 'name',
): Finding => ({
  field: 'text',
  start,
  end: start + [...value].length,
  kind,
  value,
  variable,
})

const placed = (text: string, findings: readonly Finding[]) => placeFindings(text, text, findings)

describe('findings', () => {
  test('stand behind emoji, which the server counts as one', () => {
    expect(placed('👋🏽 Marina!', [finding(3, 'Marina', 'nome')])).toMatchObject([{ start: 5, end: 11 }])
  })

  test('move with the text around them, and are left out once they were changed themselves', () => {
    const checked = 'Oi Marina: 38214'
    const found = [finding(3, 'Marina', 'nome'), finding(11, '38214', 'pedido', 'order')]
    const values = (text: string) =>
      placeFindings(text, checked, found).map(({ start, end }) => text.slice(start, end))
    expect(values('Oi Mariana: 38214')).toEqual(['38214'])
    expect(values('Oi $nome: 38214')).toEqual(['38214'])
    expect(values('Bom dia, Oi Marina: 38214')).toEqual(['Marina', '38214'])
    expect(values('Oi Marina: 3821')).toEqual(['Marina'])
  })

  test('of the customer and of the author at one place are one, and the writer chooses', () => {
    const [both] = placed('Sou a Ana', [finding(6, 'Ana', 'nome'), finding(6, 'Ana', 'analista', 'author')])
    expect(both).toMatchObject({ blocks: true, variables: ['nome', 'analista'] })
    expect(replaceAll('Sou a Ana', both ? [both] : [])).toBe('Sou a Ana')
  })

  test('are replaced from the end on, in braces where letters follow', () => {
    const text = 'Marina, 38214x e Rita'
    const found = [
      finding(0, 'Marina', 'nome'),
      finding(8, '38214', 'pedido', 'order'),
      finding(17, 'Rita', null),
    ]
    expect(replaceAll(text, placed(text, found))).toBe(`$nome, \${pedido}x e Rita`)
  })
})

test.each([
  ['O pedido 48213 sai hoje', '48213', 'O pedido sai hoje'],
  ['Sai hoje o 48213.', '48213', 'Sai hoje o.'],
  ['48213 sai hoje', '48213', ' sai hoje'],
  ['É o\n48213\nmesmo', '48213', 'É o\n\nmesmo'],
  ['Pedido 48213', '48213', 'Pedido'],
  ['Pedido (48213)', '48213', 'Pedido ()'],
])('of %j is cut out %s without a hole between words', (text, what, left) => {
  const start = text.indexOf(what)
  const end = start + what.length
  expect(text.slice(0, cutFrom(text, { start, end })) + text.slice(end)).toBe(left)
})

test('unknown variables are found at their dollar sign', () => {
  expect(placeUnknown('🙂 $nada', [{ name: 'nada', position: 2 }])).toEqual([{ name: 'nada', start: 3 }])
  expect(placeUnknown('🙂 nada', [{ name: 'nada', position: 2 }])).toEqual([])
})
