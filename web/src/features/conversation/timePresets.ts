/** Hours at which a conversation may come back, on the reader's calendar. */

import { t } from '@lingui/core/macro'
import { dayAndHour, hourOf } from '../../lib/time'

export interface Preset {
  label: string
  at: Date
}

const HOUR = 3_600_000
const MONDAY = 1

/** Day `days` from `now`, at `hour` o'clock of the reader. */
function dayAt(now: number, days: number, hour: number, minute = 0): Date {
  const day = new Date(now)
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour, minute)
}

/** When a preset comes, as short as its own words allow: "14:00", "30/11, 08:30". */
export function hourOfPreset(at: Date, now: number): string {
  const inTwoDays = dayAt(now, 2, 0)
  return at < inTwoDays ? hourOf(at.toISOString()) : dayAndHour(at.toISOString(), now)
}

/** The usual choices that still lie ahead, soonest first. */
export function presets(now: number): Preset[] {
  const toMonday = (MONDAY - new Date(now).getDay() + 7) % 7 || 7
  const all: Preset[] = [
    { label: t`Em 1 hora`, at: new Date(Math.ceil((now + HOUR) / 60_000) * 60_000) },
    { label: t`Hoje à tarde`, at: dayAt(now, 0, 14) },
    { label: t`Fim do dia`, at: dayAt(now, 0, 17) },
    { label: t`Amanhã cedo`, at: dayAt(now, 1, 8, 30) },
    { label: t`Amanhã à tarde`, at: dayAt(now, 1, 14) },
    { label: t`Na segunda`, at: dayAt(now, toMonday, 8, 30) },
  ]
  const ahead = all
    .filter(({ at }) => at.getTime() > now + HOUR / 2)
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  return ahead.filter(({ at }, n) => at.getTime() !== ahead[n - 1]?.at.getTime())
}

const two = (n: number): string => String(n).padStart(2, '0')

/** As a field of day and hour writes it: the reader's clock, without a zone. */
export const written = (at: Date): string =>
  `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`

/** What such a field says; null while it is incomplete. */
export function read(field: string): Date | null {
  const at = new Date(field)
  return field && !Number.isNaN(at.getTime()) ? at : null
}

export const myZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

const TIME_TO_ANSWER = HOUR / 4

/** The last hour that leaves time to answer before the window closes; null when it has passed. */
export function lastSafe(windowEndsAt: string | null, now: number): Date | null {
  if (windowEndsAt === null) return null
  const safe = new Date(windowEndsAt).getTime() - TIME_TO_ANSWER
  return safe > now ? new Date(Math.floor(safe / 60_000) * 60_000) : null
}
