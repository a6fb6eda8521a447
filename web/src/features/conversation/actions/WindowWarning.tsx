/** Warns that the window closes before a snoozed ticket wakes, while it can still be answered. */

import { Trans } from '@lingui/react/macro'
import { Hourglass } from 'lucide-react'
import type { Ticket } from '../../../lib/contract'
import { formatDayAndTime, useNow } from '../../../lib/time'
import { useWake } from './requests/useWake'

export function WindowWarning({ ticket }: { ticket: Ticket }) {
  const now = useNow()
  const wake = useWake(ticket)
  const closes = ticket.window_ends_at
  if (!ticket.window_warned || !closes || !ticket.snoozed_until || Date.parse(closes) <= now) return null
  return (
    <div className="banner" role="status">
      <Hourglass className="i" aria-hidden="true" />
      <span>
        <Trans>
          <b>A janela fecha {formatDayAndTime(closes, now)}, antes da volta</b> (
          {formatDayAndTime(ticket.snoozed_until, now)}). Depois disso, só com modelo aprovado.
        </Trans>
      </span>
      <span className="right">
        <button type="button" className="btn btn-sm" disabled={wake.isPending} onClick={() => wake.mutate()}>
          <Trans>Retomar agora</Trans>
        </button>
      </span>
    </div>
  )
}
