/** Filling a template, and the values that are known beforehand. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Template, TemplateParameter } from '../../api'
import { buttonUrl, exampleOf, givenValues, pieces, urlBefore, wrongValues } from './filling'
import { type Facts, known } from './prefill'

function parameter(key: string, more: Partial<TemplateParameter> = {}): TemplateParameter {
  const [part, name = ''] = key.split('.') as [TemplateParameter['part'], string?]
  return {
    key,
    part,
    index: Number(name) || 0,
    kind: 'text',
    name: /^[0-9]*$/.test(name) ? null : name,
    example: null,
    max_length: 1_000,
    required: true,
    ...more,
  }
}

function template(body: string, ...parameters: (string | TemplateParameter)[]): Template {
  const found = parameters.map((one) => (typeof one === 'string' ? parameter(one) : one))
  return {
    id: 't',
    name: 'retomar_atendimento',
    language: 'pt_BR',
    category: 'UTILITY',
    status: 'APPROVED',
    quality: 'GREEN',
    reason: null,
    parameter_format: found.some(({ name }) => name) ? 'NAMED' : 'POSITIONAL',
    header: null,
    body,
    footer: null,
    buttons: [],
    parameters: found,
    sendable: true,
    why_not: null,
  }
}

const filled = (body: string, values: Record<string, string>, format: Template['parameter_format']) =>
  pieces(body, 'body', format, values)
    .map(({ text }) => text)
    .join('')

test('a value is put in as it is, whatever it looks like', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, two) => {
      const values = { 'body.1': `{{2}}${one}`, 'body.2': `$&${two}` }
      expect(filled('Oi, {{1}} e {{2}}!', values, 'POSITIONAL')).toBe(
        `Oi, {{2}}${one.trimEnd()} e $&${two.trimEnd()}!`,
      )
    }),
  )
  expect(filled('{{nome}} {{1}}', { 'body.nome': 'Rosa', 'body.1': 'x' }, 'NAMED')).toBe('Rosa {{1}}')
  expect(filled('Oi, {{1}}', {}, 'POSITIONAL')).toBe('Oi, {{1}}')
  expect(buttonUrl('https://loja.example/{{1}}', 'a$&b')).toBe('https://loja.example/a$&b')
})

test('what WhatsApp refuses is told for the field', () => {
  const whole = template(
    'Oi, {{1}}: {{2}}',
    parameter('body.1', { max_length: 5 }),
    'body.2',
    parameter('header.link', { kind: 'link' }),
    parameter('header.latitude', { kind: 'number' }),
    parameter('button.0', { kind: 'code' }),
    parameter('header.filename', { required: false }),
  )
  expect(wrongValues(whole, {})).toEqual({
    'body.1': 'missing',
    'body.2': 'missing',
    'header.link': 'missing',
    'header.latitude': 'missing',
    'button.0': 'missing',
  })
  const values = {
    'body.1': 'é'.repeat(6),
    'body.2': 'a     b',
    'header.link': 'casa.example/a.png',
    'header.latitude': '90.5',
    'button.0': 'A B',
  }
  expect(wrongValues(whole, values)).toEqual({
    'body.1': 'too_long',
    'body.2': 'spaces',
    'header.link': 'link',
    'header.latitude': 'number',
    'button.0': 'spaces',
  })
  expect(wrongValues(whole, { ...values, 'body.2': 'a\tb' })['body.2']).toBe('tab')
})

test('the values of a body have a limit together: the longest one is too long', () => {
  const long = template('{{1}} {{2}}', 'body.1', 'body.2')
  const values = { 'body.1': 'a'.repeat(500), 'body.2': 'b'.repeat(523) }
  expect(wrongValues(long, values)).toEqual({})
  expect(wrongValues(long, { ...values, 'body.1': 'a'.repeat(501) })).toEqual({ 'body.2': 'too_long' })
})

test('what is left empty is not sent', () => {
  const optional = template('Oi, {{1}}', 'body.1', parameter('header.filename', { required: false }))
  expect(givenValues(optional, { 'body.1': ' Rosa ', 'header.filename': ' ', 'body.9': 'x' })).toEqual({
    'body.1': 'Rosa',
  })
})

const FACTS: Facts = {
  contact: 'Aline',
  agent: 'Ana',
  ticket: '4790',
  variables: [{ name: 'pedido', kind: 'ticket', value: '38214' }],
}

test.each([
  ['Oi, {{1}}! Aqui é {{2}}, da Casa Aurora: {{3}}', ['Aline', 'Ana', null]],
  ['Olá {{1}}, seu protocolo nº {{2}}', ['Aline', '4790']],
  ['Hello, {{1}}. This is {{2}}.', ['Aline', 'Ana']],
  ['O pedido {{1}} foi {{2}}', [null, null]],
])('the name of the contact, the agent, the ticket are known where the text says so: %s', (body, wanted) => {
  const keys = wanted.map((_, index) => `body.${index + 1}`)
  const positional = template(body, ...keys)
  expect(positional.parameters.map((one) => known(positional, one, FACTS)?.value ?? null)).toEqual(wanted)
})

test('a named parameter is known by its name, and by the variable of that name', () => {
  const named = template(
    '{{nome}} {{analista}} {{pedido}} {{__proto__}}',
    'body.nome',
    'body.analista',
    'body.pedido',
    'body.__proto__',
  )
  expect(named.parameters.map((one) => known(named, one, FACTS))).toEqual([
    { value: 'Aline', source: 'contact' },
    { value: 'Ana', source: 'agent' },
    { value: '38214', source: 'ticket' },
    null,
  ])
})

test.each([
  ['https://loja.example/pedidos/4821', '4821'],
  ['4821', '4821'],
  ['https://loja.example/pedidos/', null],
  [null, null],
])('the example %s of the end of an address is %s', (example, asked) => {
  const url = 'https://loja.example/pedidos/{{1}}'
  expect(exampleOf(parameter('button.0', { kind: 'suffix', example }), url)).toBe(asked)
  expect(urlBefore(url)).toBe('https://loja.example/pedidos/')
})

test('the example of a text stays as it is', () => {
  expect(exampleOf(parameter('body.1', { example: 'https://a.example/b' }), 'https://a.example/{{1}}')).toBe(
    'https://a.example/b',
  )
})
