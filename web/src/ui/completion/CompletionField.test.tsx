// @vitest-environment happy-dom

import { I18nProvider } from '@lingui/react'
import { QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { i18n } from '../../lib/i18n'
import { createQueryClient } from '../../lib/queryClient'
import { CompletionField, type CompletionFieldHandle } from './CompletionField'
import type { CompletionSource } from './source'
import { findDollarWord, findSlashWord } from './words'

const TEXTS = ['ola', 'obrigada', 'fim']

let sent: string[] = []
let inserted: [number, string][] = []
let handle: CompletionFieldHandle | null = null
/** What the lists wait for; lets them answer at once where it is null. */
let waiting: (() => void)[] | null = null
let fails = false
let cache = createQueryClient()

async function ask(typed: string): Promise<string[]> {
  if (waiting) await new Promise<void>((resolve) => waiting?.push(resolve))
  if (fails) throw new Error('no answer')
  return TEXTS.filter((text) => text.startsWith(typed))
}

const replies: CompletionSource<string[]> = {
  id: 'replies',
  title: 'Respostas',
  find: findSlashWord,
  query: (typed) => ({ queryKey: ['replies', typed], queryFn: () => ask(typed) }),
  lines: (texts) =>
    texts.map((text) => ({
      id: text,
      text: `${text}!`,
      content: text,
      preview: `${text}, inteira`,
      onInsert: (at) => inserted.push([at, text]),
    })),
  empty: (typed) => `nada com ${typed}`,
}
const variables: CompletionSource<string[]> = {
  id: 'variables',
  title: 'Variáveis',
  find: findDollarWord,
  query: () => ({ queryKey: ['variables'], queryFn: () => ask('').then(() => ['nome', 'pedido']) }),
  lines: (names, typed) =>
    names
      .filter((name) => name.startsWith(typed))
      .map((name) => ({ id: name, text: name.toUpperCase(), content: name })),
}

function Field() {
  const [text, setText] = useState('')
  return (
    <CompletionField
      ref={(one) => {
        handle = one
      }}
      className="text"
      label="Texto"
      value={text}
      onChange={setText}
      onEnter={() => sent.push(text)}
      sources={[replies, variables]}
      marks={[{ start: 0, end: 2, className: 'mark' }]}
    />
  )
}

const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Texto' })
const options = () => screen.queryAllByRole('option').map((one) => one.textContent)
const active = () => document.getElementById(field().getAttribute('aria-activedescendant') ?? '')?.textContent

/** Types at the cursor, as a keyboard would. */
async function type(text: string) {
  const { value, selectionStart, selectionEnd } = field()
  const next = value.slice(0, selectionStart) + text + value.slice(selectionEnd)
  const cursor = selectionStart + text.length
  await act(async () => {
    // The test's field forgets its cursor when its value is set.
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set?.call(field(), next)
    field().setSelectionRange(cursor, cursor)
    field().dispatchEvent(new Event('input', { bubbles: true }))
  })
  if (!waiting) await settled()
}
/** Nothing is asked any more, and the lines have come. */
async function settled() {
  await vi.waitFor(() => expect(cache.isFetching()).toBe(0))
  await act(() => new Promise<void>((resolve) => setTimeout(resolve)))
}
async function press(key: string, more: object = {}) {
  let wasTaken = false
  await act(async () => {
    wasTaken = !fireEvent.keyDown(field(), { key, ...more })
  })
  return wasTaken
}

beforeEach(() => {
  sent = []
  inserted = []
  waiting = null
  fails = false
  cache = createQueryClient()
  cache.setDefaultOptions({ queries: { ...cache.getDefaultOptions().queries, retry: false, gcTime: 0 } })
  render(
    <I18nProvider i18n={i18n}>
      <QueryClientProvider client={cache}>
        <Field />
      </QueryClientProvider>
    </I18nProvider>,
  )
  act(() => field().focus())
})
afterEach(cleanup)

test('a sign opens the list, arrows go round it, Enter inserts at the cursor and does not send', async () => {
  await type('Oi / tudo')
  await act(async () => field().setSelectionRange(4, 4))
  fireEvent.select(field())
  await settled()
  expect(options()).toEqual(TEXTS)
  expect(active()).toBe('ola')
  expect(screen.getByRole('listbox').id).toBe(field().getAttribute('aria-controls'))
  await press('ArrowUp')
  expect(active()).toBe('fim')
  await press('ArrowDown')
  await press('ArrowDown')
  expect(active()).toBe('obrigada')
  expect(await press('Enter')).toBe(true)
  expect(field().value).toBe('Oi obrigada! tudo')
  expect(field().selectionStart).toBe('Oi obrigada!'.length)
  expect(inserted).toEqual([[3, 'obrigada']])
  expect(sent).toEqual([])
  expect(screen.queryByRole('listbox')).toBeNull()
  await press('Enter')
  expect(sent).toEqual(['Oi obrigada! tudo'])
})

test('Tab shows the whole text and Escape hides it; a second Escape closes the list, for this word', async () => {
  await type('/o')
  await press('Tab')
  expect(active()).toBe('ola, inteira')
  await press('Escape')
  expect(active()).toBe('ola')
  await press('Escape')
  expect(options()).toEqual([])
  await type('l')
  expect(options()).toEqual([])
  expect(await press('Tab')).toBe(false)
  await type(' /')
  expect(options()).toEqual(TEXTS)
})

test('without a whole text Tab inserts; Shift Tab always leaves', async () => {
  await type('é $p')
  expect(await press('Tab', { shiftKey: true })).toBe(false)
  expect(await press('Tab')).toBe(true)
  expect(field().value).toBe('é PEDIDO')
})

test('Enter waits for the lines of what was typed, and inserts their first', async () => {
  await type('/')
  waiting = []
  await type('fi')
  expect(options()).toEqual(TEXTS)
  await press('Enter')
  expect(field().value).toBe('/fi')
  for (const answer of waiting) answer()
  await settled()
  expect(field().value).toBe('fim!')
  expect(sent).toEqual([])
})

test('what was meant as a quick reply is not sent when none is found, or when the list does not come', async () => {
  await type('/xyz')
  expect(screen.getByRole('status').textContent).toBe('nada com xyz')
  await press('Enter')
  fails = true
  await type('w')
  expect(screen.getByRole('status').textContent).toContain('A lista não veio')
  await press('Enter')
  expect(sent).toEqual([])
  // once it is closed, the text is only a text
  await press('Escape')
  await press('Enter')
  expect(sent).toEqual(['/xyzw'])
})

test('a source with nothing to say closes its list, and Enter sends', async () => {
  await type('custa US $x')
  expect(screen.queryByRole('listbox')).toBeNull()
  await press('Enter')
  expect(sent).toEqual(['custa US $x'])
})

test('Enter that came before the lines sends when there turn out to be none', async () => {
  waiting = []
  await type('a $x')
  await press('Enter')
  expect(sent).toEqual([])
  for (const answer of waiting) answer()
  await settled()
  expect(sent).toEqual(['a $x'])
})

test('a key of an input method is not for the list, nor for sending', async () => {
  await type('/')
  await press('Enter', { isComposing: true })
  expect(field().value).toBe('/')
  expect(sent).toEqual([])
})

test('a button opens a list without the sign; what is typed then filters it and is replaced', async () => {
  await type('Oi! ')
  await act(async () => handle?.open('replies'))
  await settled()
  expect(options()).toEqual(TEXTS)
  await type('fi')
  expect(options()).toEqual(['fim'])
  await press('Enter')
  expect(field().value).toBe('Oi! fim!')
})

test('a click inserts, and the field keeps the focus', async () => {
  await type('/')
  const option = within(screen.getByRole('listbox')).getByText('obrigada')
  expect(fireEvent.mouseDown(option)).toBe(false)
  await act(async () => fireEvent.click(option))
  expect(field().value).toBe('obrigada!')
  expect(document.activeElement).toBe(field())
})

test('the list goes when the field is left', async () => {
  await type('/')
  await act(async () => field().blur())
  expect(options()).toEqual([])
})

test('marks are drawn on a copy that nobody else reads', async () => {
  await type('olá')
  const copy = document.querySelector('.marks')
  expect(copy?.getAttribute('aria-hidden')).toBe('true')
  expect(copy?.textContent?.replace('\u200b', '')).toBe('olá')
  expect(copy?.querySelector('.mark')?.textContent).toBe('ol')
})
