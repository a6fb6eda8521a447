import { expect, test } from 'vitest'
import { lastSafe, presets, read, written } from './timePresets'

const at = (day: number, hour: number, minute = 0) => new Date(2026, 2, day, hour, minute)

test('all presets lie ahead, soonest first, each hour once', () => {
  for (let hour = 0; hour < 24; hour++) {
    for (let day = 1; day <= 7; day++) {
      const now = at(day, hour, 41).getTime()
      const hours = presets(now).map((preset) => preset.at.getTime())
      expect(hours.every((one) => one > now)).toBe(true)
      expect(hours).toEqual([...new Set(hours)].sort((a, b) => a - b))
      expect(hours.length).toBeGreaterThanOrEqual(3)
    }
  }
})

test('on a Sunday, Monday morning is offered once', () => {
  const labels = presets(at(1, 10).getTime()).map((preset) => preset.at.getTime())
  expect(labels.filter((one) => one === at(2, 8, 30).getTime())).toHaveLength(1)
})

test('a field says what it was given, and nothing while it is incomplete', () => {
  expect(read(written(at(9, 8, 5)))).toEqual(at(9, 8, 5))
  expect(read('')).toBeNull()
  expect(read('amanhã')).toBeNull()
})

test('the last safe hour leaves a quarter of an hour, and is none once that has passed', () => {
  const closes = at(3, 12).toISOString()
  expect(lastSafe(closes, at(3, 9).getTime())).toEqual(at(3, 11, 45))
  expect(lastSafe(closes, at(3, 11, 50).getTime())).toBeNull()
  expect(lastSafe(null, at(3, 9).getTime())).toBeNull()
})
