/** The two catalogues: complete, and each English text with the values of the Portuguese one. */

import type { Messages } from '@lingui/core'
import { expect, test } from 'vitest'
import { messages as english } from '../locales/en.po'
import { messages as portuguese } from '../locales/pt-BR.po'

/** What a text is filled with: its placeholders and their formats, and its tags; in plurals too. */
function blanks(message: unknown): string[] {
  const found = new Set<string>()
  const visit = (part: unknown): void => {
    if (typeof part === 'string') {
      for (const tag of part.match(/<\/?\d+\/?>/g) ?? []) found.add(tag)
      return
    }
    if (!Array.isArray(part)) return
    const [name, format, choices] = part as [string, string | undefined, unknown]
    found.add(format ? `{${name}, ${format}}` : `{${name}}`)
    if (!choices || typeof choices !== 'object') return
    for (const choice of Object.values(choices)) [choice].flat().forEach(visit)
  }
  for (const part of [message].flat()) visit(part)
  return [...found].sort()
}

test('every text has its English, with the same values in it', () => {
  const wrong = Object.entries(portuguese as Messages).filter(([id, source]) => {
    const translation = (english as Messages)[id]
    return !translation || blanks(translation).join() !== blanks(source).join()
  })
  expect(wrong).toEqual([])
  expect(Object.keys(english)).toEqual(Object.keys(portuguese))
})

test('the values of a text are found', () => {
  const plural = ['many', 'plural', { one: ['de ', ['name']], other: ['#', ' <0>', ['name'], '</0>'] }]
  expect(blanks(['Oi ', ['who'], plural])).toEqual(['</0>', '<0>', '{many, plural}', '{name}', '{who}'])
})
