import { expect, test } from 'vitest'
import { formatDateTimeInput, parseDateTimeInput } from './dateTimeInput'

const at = (day: number, hour: number, minute = 0) => new Date(2026, 2, day, hour, minute)

test('an input keeps the time it was given, and has none while it is incomplete', () => {
  expect(parseDateTimeInput(formatDateTimeInput(at(9, 8, 5)))).toEqual(at(9, 8, 5))
  expect(parseDateTimeInput('')).toBeNull()
  expect(parseDateTimeInput('amanhã')).toBeNull()
})
