/** Says that the window closes before a conversation that is put off comes back, while one can still answer. */

import { Trans } from '@lingui/react/macro'
import { Hourglass } from 'lucide-react'
import type { Ticket } from '../../../lib/contract'
import { dayAndHour, useNow } from '../../../lib/time'
import { useTicketActions } from './requests/useTicketActions'

export function WindowWarning({ ticket, meId }: { ticket: Ticket; meId: string }) {
  const now = useNow()
  const { callBack } = useTicketActions(ticket, meId)
  const closes = ticket.window_ends_at
  if (!ticket.window_warned || !closes || !ticket.snoozed_until || Date.parse(closes) <= now) return null
  return (
    <div className="banner" role="status">
      <Hourglass className="i" aria-hidden="true" />
      <span>
        <Trans>
          <b>A janela fecha {dayAndHour(closes, now)}, antes da volta</b> (
          {dayAndHour(ticket.snoozed_until, now)}). Depois disso, só com modelo aprovado.
        </Trans>
      </span>
      <span className="right">
        <button
          type="button"
          className="btn btn-sm"
          disabled={callBack.isPending}
          onClick={() => callBack.mutate()}
        >
          <Trans>Retomar agora</Trans>
        </button>
      </span>
    </div>
  )
}
