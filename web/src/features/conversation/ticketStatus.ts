/** The state and owner of a ticket, in words. */

import { t } from '@lingui/core/macro'
import type { Ticket } from '../../lib/contract'
import { serverNow } from '../../lib/serverClock'
import { formatDayAndTime } from '../../lib/time'

export function ticketStatus(ticket: Ticket, mine: boolean): string {
  switch (ticket.state) {
    case 'bot':
      return botStatus(ticket)
    case 'queue':
      return ticket.last_owner
        ? t`Na fila, antes com ${ticket.last_owner.name || t`alguém da equipe`}`
        : t`Na fila`
    case 'snoozed':
      return mine ? t`Adiado por você` : t`Adiado`
    case 'closed':
      return t`Encerrado`
    default:
      return mine ? t`Com você` : t`Com ${ticket.owner?.name ?? t`a equipe`}`
  }
}

/** Includes the end when an agent gave it to the bot for a time. */
function botStatus({ bot }: Ticket): string {
  if (bot?.back_at) return t`Com o bot até ${formatDayAndTime(bot.back_at, serverNow())}`
  if (bot?.until === 'agent') return t`Com o bot até a equipe escrever`
  return t`Com o bot`
}
