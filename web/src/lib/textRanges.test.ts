import fc from 'fast-check'
import { expect, test } from 'vitest'
import { moveExtent, moveRanges, type TextRange } from './textRanges'

/** A text with ranges, and an edit of it: what stood from `from` to `to` becomes `put`. */
const edited = fc
  .record({
    words: fc.array(fc.constantFrom('ana', 'a', ' ', 'ana ana', 'bb', '$x', '😀'), {
      minLength: 1,
      maxLength: 10,
    }),
    put: fc.constantFrom('', 'a', 'ana', ' ', 'zz', '\n'),
    from: fc.nat(),
    to: fc.nat(),
  })
  .map(({ words, put, from, to }) => {
    const text = words.join('')
    const ranges: TextRange[] = words.map((word, n) => ({
      at: words.slice(0, n).join('').length,
      text: word,
    }))
    const [start, end] = [from % (text.length + 1), to % (text.length + 1)].sort((a, b) => a - b) as [
      number,
      number,
    ]
    return { text, ranges, start, end, after: text.slice(0, start) + put + text.slice(end) }
  })

test('a range that is left stands where it says', () => {
  fc.assert(
    fc.property(edited, ({ text, ranges, after }) => {
      for (const { at, text: words } of moveRanges(ranges, text, after))
        expect(after.startsWith(words, at)).toBe(true)
    }),
  )
})

test('what stands clearly before the edit stays, and what stands clearly behind it moves along', () => {
  fc.assert(
    fc.property(edited, ({ text, ranges, start, end, after }) => {
      const marked = moveRanges(
        ranges.map((range, id) => ({ ...range, id })),
        text,
        after,
      )
      ranges.forEach((range, id) => {
        const moved = marked.find((one) => one.id === id)
        const endOf = range.at + range.text.length
        if (endOf <= start || range.at >= end) expect(moved).toBeDefined()
      })
    }),
  )
})

test.each([
  ['before it', 'Oi, Marina!', 'Bom dia! Oi, Marina!', 13],
  ['behind it', 'Oi, Marina!', 'Oi, Marina! Tudo bem?', 4],
  ['of its own', 'Oi, Marina!', 'Oi, Mariana!', undefined],
  ['of all', 'Oi, Marina!', '', undefined],
])('a change %s', (_, before, after, at) => {
  expect(moveRanges([{ at: 4, text: 'Marina' }], before, after)[0]?.at).toBe(at)
})

test('an extent keeps what is left of it, and goes with the last of it', () => {
  // No letter stands twice, so that it is clear which ones are left.
  const LETTERS = 'abcdefghijklmnop'
  const place = fc.nat({ max: LETTERS.length })
  fc.assert(
    fc.property(place, place, place, place, fc.constantFrom('', 'X', 'XYZ'), (one, other, a, b, put) => {
      const [start, end] = [Math.min(one, other), Math.max(one, other)]
      fc.pre(start < end)
      const [from, to] = [Math.min(a, b), Math.max(a, b)]
      const after = LETTERS.slice(0, from) + put + LETTERS.slice(to)
      const left = [...LETTERS.slice(start, end)].filter((letter) => after.includes(letter)).join('')
      const moved = moveExtent({ start, end }, LETTERS, after)
      const kept = moved && after.slice(moved.start, moved.end).replace(/[XYZ]/g, '')
      expect(kept ?? '').toBe(left)
      expect(moved === null).toBe(left === '')
    }),
  )
})
