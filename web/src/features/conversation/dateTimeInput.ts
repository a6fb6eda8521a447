/** The value of a `datetime-local` input: local time without a zone. */

const twoDigits = (n: number): string => String(n).padStart(2, '0')

export const formatDateTimeInput = (at: Date): string =>
  `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())}T${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`

/** Null while the value is incomplete. */
export function parseDateTimeInput(field: string): Date | null {
  const at = new Date(field)
  return field && !Number.isNaN(at.getTime()) ? at : null
}

/** A remark for the history: some browsers do not know it. */
export const localTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'Etc/Unknown'
