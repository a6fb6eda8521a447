/** What a template says with the values given so far, and what is still wrong with them; as the server checks it. */

import type { Template, TemplateParameter } from '../../api'
import { countCharacters } from '../../lib/countCharacters'

/** By the key of the parameter. */
export type Values = Readonly<Record<string, string>>

/** A stretch of a text: fixed, or the place of a parameter with its value. */
export interface Piece {
  at: number
  text: string
  isValue: boolean
}

export type Wrong = 'missing' | 'tab' | 'spaces' | 'too_long' | 'link' | 'number'

const MAX_BODY = 1_024
const MAX_HEADER = 60
const LINK = /^https?:\/\/[^\s/?#]+\S*$/i
const NUMBER = /^-?[0-9]{1,3}(\.[0-9]{1,15})?$/
const FARTHEST: Values = { 'header.latitude': '90', 'header.longitude': '180' }

const placeholderPattern = (format: Template['parameter_format']) =>
  format === 'POSITIONAL' ? /\{\{([0-9]+)\}\}/g : /\{\{([a-z_][a-z0-9_]*)\}\}/g

/** The text of a header or body, with the values in their places; in one pass, so that values stay as they are. */
export function pieces(
  text: string,
  part: 'header' | 'body',
  format: Template['parameter_format'],
  values: Values,
): Piece[] {
  const found: Piece[] = []
  let from = 0
  for (const { 0: placeholder, 1: name, index } of text.matchAll(placeholderPattern(format))) {
    if (index > from) found.push({ at: from, text: text.slice(from, index), isValue: false })
    const value = values[`${part}.${name}`]?.trim()
    found.push({ at: index, text: value || placeholder, isValue: true })
    from = index + placeholder.length
  }
  if (from < text.length) found.push({ at: from, text: text.slice(from), isValue: false })
  return found
}

/** The whole address of a button, with what was given for its end. */
export const buttonUrl = (url: string, value: string | undefined): string =>
  value ? url.replace(/\{\{[0-9]+\}\}/, () => value) : url

/** What stands before the end of a button's address that is asked for. */
export const urlBefore = (url: string): string => url.replace(/\{\{[0-9]+\}\}.*$/s, '')

/** The example of a parameter as it is to be written; Meta gives that of an address whole, not its end alone. */
export function exampleOf({ kind, example }: TemplateParameter, url: string | null): string | null {
  const before = kind === 'suffix' && url ? urlBefore(url) : ''
  return before && example?.startsWith(before) ? example.slice(before.length) || null : (example ?? null)
}

/** What is wrong with each value, by key; nothing for those that may be sent. */
export function wrongValues(template: Template, values: Values): Readonly<Record<string, Wrong>> {
  const wrong: Record<string, Wrong> = {}
  for (const parameter of template.parameters) {
    const found = wrongValue(parameter, values[parameter.key] ?? '')
    if (found) wrong[parameter.key] = found
  }
  for (const [part, text, most] of [
    ['header', template.header?.text ?? '', MAX_HEADER],
    ['body', template.body, MAX_BODY],
  ] as const) {
    const own = template.parameters.filter((one) => one.part === part && one.kind === 'text')
    const filled = pieces(text, part, template.parameter_format, values)
    if (own.length === 0 || countCharacters(filled.map((piece) => piece.text).join('')) <= most) continue
    const length = ({ key }: TemplateParameter) => countCharacters(values[key] ?? '')
    const longest = own.reduce((one, other) => (length(other) > length(one) ? other : one))
    wrong[longest.key] ??= 'too_long'
  }
  return wrong
}

function wrongValue({ key, kind, max_length, required }: TemplateParameter, given: string): Wrong | null {
  const value = given.trim()
  if (value === '') return required ? 'missing' : null
  if (value.includes('\t')) return 'tab'
  if (value.includes(' '.repeat(5))) return 'spaces'
  if (countCharacters(value) > max_length) return 'too_long'
  if (kind === 'link' && !LINK.test(value)) return 'link'
  if (kind === 'number' && (!NUMBER.test(value) || Math.abs(Number(value)) > Number(FARTHEST[key])))
    return 'number'
  if ((kind === 'suffix' || kind === 'code') && /\s/.test(value)) return 'spaces'
  return null
}

/** What is sent: without the values that are left empty. */
export function givenValues(template: Template, values: Values): Record<string, string> {
  const given = template.parameters.map(({ key }) => [key, values[key]?.trim() ?? ''] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== ''))
}
