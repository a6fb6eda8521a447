/** The server's clock, learnt by a computer whose own is wrong. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { learnFromAnswer, learnFromStream, onCorrection, serverNow } from './serverClock'

const HOUR = 3_600_000
const TRUE = Date.parse('2026-03-03T12:00:00.000Z')
const iso = (ms: number) => new Date(ms).toISOString()

/** The computer shows `ms`. */
const shows = (ms: number) => vi.setSystemTime(ms)

beforeEach(() => {
  vi.useFakeTimers()
  shows(TRUE)
  learnFromAnswer(iso(TRUE), TRUE, TRUE)
})
afterEach(() => vi.useRealTimers())

test.each([
  ['an hour ahead', HOUR],
  ['three days behind', -72 * HOUR],
  ['twenty seconds ahead', 20_000],
])('a computer that is %s goes by the first answer', (_, wrong) => {
  shows(TRUE + wrong)
  learnFromAnswer(iso(TRUE - 100), TRUE + wrong - 200, TRUE + wrong)
  expect(Math.abs(serverNow() - TRUE)).toBeLessThanOrEqual(100)
})

test('an answer that fits what is known changes nothing, one that was slow says nothing', () => {
  learnFromStream(iso(TRUE + 1_500))
  learnFromAnswer(iso(TRUE + 1_400), TRUE - 300, TRUE + 300)
  expect(serverNow()).toBe(TRUE + 1_500)
  learnFromAnswer(iso(TRUE + HOUR), TRUE - 6_000, TRUE)
  learnFromAnswer('nonsense', TRUE, TRUE)
  learnFromAnswer(null, TRUE, TRUE)
  expect(serverNow()).toBe(TRUE + 1_500)
})

test('of the last signs of life the one that came soonest counts', () => {
  shows(TRUE + HOUR)
  for (const lateMs of [40, 9_000, 30, 2_000]) learnFromStream(iso(TRUE - lateMs))
  expect(serverNow()).toBe(TRUE - 30)
})

test('a clock that is set while the page is open is followed within five signs of life, and said', () => {
  learnFromStream(iso(TRUE))
  const corrected = vi.fn()
  const stop = onCorrection(corrected)
  shows(TRUE + HOUR)
  for (let n = 0; n < 5; n++) learnFromStream(iso(TRUE))
  expect(serverNow()).toBe(TRUE)
  expect(corrected).toHaveBeenCalledTimes(1)
  stop()
})
