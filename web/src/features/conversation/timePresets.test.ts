import { expect, test } from 'vitest'
import { lastSafeTime, timePresets } from './timePresets'

const at = (day: number, hour: number, minute = 0) => new Date(2026, 2, day, hour, minute)

test('all presets are in the future, soonest first, each time once', () => {
  for (let hour = 0; hour < 24; hour++) {
    for (let day = 1; day <= 7; day++) {
      const now = at(day, hour, 41).getTime()
      const hours = timePresets(now).map((preset) => preset.at.getTime())
      expect(hours.every((one) => one > now)).toBe(true)
      expect(hours).toEqual([...new Set(hours)].sort((a, b) => a - b))
      expect(hours.length).toBeGreaterThanOrEqual(3)
    }
  }
})

test('on a Sunday, Monday morning is offered once', () => {
  const labels = timePresets(at(1, 10).getTime()).map((preset) => preset.at.getTime())
  expect(labels.filter((one) => one === at(2, 8, 30).getTime())).toHaveLength(1)
})

test('the last safe time leaves a quarter of an hour to answer, and is null once that has passed', () => {
  const closes = at(3, 12).toISOString()
  expect(lastSafeTime(closes, at(3, 9).getTime())).toEqual(at(3, 11, 45))
  expect(lastSafeTime(closes, at(3, 11, 50).getTime())).toBeNull()
  expect(lastSafeTime(null, at(3, 9).getTime())).toBeNull()
})
