/** What the server found in a text, by places of JavaScript's strings. */

import type { Finding, UnknownName } from '../../api'
import { moveRanges } from '../../lib/textRanges'

export interface PlacedFinding {
  kind: string
  value: string
  /** The variables that can replace it, best first: the customer's and the author's when both are called so. */
  variables: string[]
  blocks: boolean
  start: number
  end: number
}

/** Code points before each UTF-16 unit are not those units: an emoji counts one and has two. */
function unitsOf(text: string, codePoints: number): number {
  let units = 0
  let passed = 0
  for (const character of text) {
    if (passed === codePoints) return units
    units += character.length
    passed += 1
  }
  return units
}

/**
 * The findings as they stand in `text`, which may have been typed on since it was `checked`: one that was changed is left
 * out. What is found at one place for the customer and for the author is one finding.
 */
export function placeFindings(text: string, checked: string, findings: readonly Finding[]): PlacedFinding[] {
  const placed: PlacedFinding[] = []
  for (const { start, end, kind, value, variable } of findings) {
    const from = unitsOf(checked, start)
    const to = unitsOf(checked, end)
    if (checked.slice(from, to) !== value) continue
    const overlapping = placed.find((one) => one.start < to && from < one.end)
    const variables = variable === null ? [] : [variable]
    if (overlapping) overlapping.variables.push(...variables)
    else placed.push({ kind, value, variables, blocks: kind !== 'author', start: from, end: to })
  }
  const ranges = placed.map((finding) => ({ ...finding, at: finding.start, text: finding.value }))
  return moveRanges(ranges, checked, text).map(({ at, text: _, ...finding }) => ({
    ...finding,
    start: at,
    end: at + finding.value.length,
  }))
}

export interface PlacedName {
  name: string
  start: number
}

export const placeUnknown = (text: string, unknown: readonly UnknownName[]): PlacedName[] =>
  unknown
    .map(({ name, position }) => ({ name, start: unitsOf(text, position) }))
    .filter(({ start }) => text[start] === '$')

/** A variable as it is written: in braces where letters go on. */
export const written = (variable: string, after: string): string =>
  /^_*[\p{L}\p{N}]/u.test(after) ? `\${${variable}}` : `$${variable}`

/** From where a finding is cut out: with the space before it, where words would stand two spaces apart or before a stop. */
export const cutFrom = (text: string, { start, end }: { start: number; end: number }): number =>
  text[start - 1] === ' ' && /^(?:[\s,.;:!?]|$)/.test(text.slice(end)) ? start - 1 : start

/** The text with each finding replaced by its variable; those with none, or with two, are left to the writer. */
export function replaceAll(text: string, findings: readonly PlacedFinding[]): string {
  let replaced = text
  for (const { start, end, variables } of findings.toReversed()) {
    const [variable] = variables
    if (variables.length !== 1 || variable === undefined) continue
    const after = replaced.slice(end)
    replaced = replaced.slice(0, start) + written(variable, after) + after
  }
  return replaced
}
