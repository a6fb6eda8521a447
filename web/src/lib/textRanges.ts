/** Pieces of a text that is being edited: what was put there from a list, and where it stands now. */

export interface TextRange {
  at: number
  text: string
}

/** The ranges after the text was changed. Those that were changed themselves are none any more. */
export function moveRanges<Range extends TextRange>(
  ranges: readonly Range[],
  before: string,
  after: string,
): Range[] {
  if (before === after) return [...ranges]
  let start = 0
  while (start < before.length && before[start] === after[start]) start += 1
  const by = after.length - before.length
  return ranges.flatMap((range) => {
    // What was typed may equal the text behind it, so the other place is looked at as well.
    const places = range.at >= start ? [range.at + by, range.at] : [range.at, range.at + by]
    const at = places.find((place) => place >= 0 && after.startsWith(range.text, place))
    return at === undefined ? [] : [{ ...range, at }]
  })
}

export interface Extent {
  start: number
  end: number
}

/** Where a part of the text stands after the text was changed, also within it; null once nothing of it is left. */
export function moveExtent({ start, end }: Extent, before: string, after: string): Extent | null {
  const shorter = Math.min(before.length, after.length)
  let from = 0
  while (from < shorter && before[from] === after[from]) from += 1
  let same = 0
  while (same < shorter - from && before.at(-1 - same) === after.at(-1 - same)) same += 1
  const until = before.length - same
  if (from <= start && end <= until) return null
  const by = after.length - before.length
  return {
    start: start <= from ? start : Math.max(start, until) + by,
    end: end >= until ? end + by : Math.min(end, from),
  }
}
