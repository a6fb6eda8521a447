/** In whose hands a ticket is, in words. */

import { t } from '@lingui/core/macro'
import type { Ticket } from '../../lib/contract'
import { dayAndHour } from '../../lib/time'

export function whoHas(ticket: Ticket, mine: boolean): string {
  switch (ticket.state) {
    case 'bot':
      return withBot(ticket)
    case 'queue':
      return t`Na fila`
    case 'snoozed':
      return mine ? t`Adiado por você` : t`Adiado`
    case 'closed':
      return t`Encerrado`
    default:
      return mine ? t`Com você` : t`Com ${ticket.owner?.name ?? t`a equipe`}`
  }
}

/** Where somebody gave it back to the bot, also until when. */
function withBot({ bot }: Ticket): string {
  if (bot?.back_at) return t`Com o bot até ${dayAndHour(bot.back_at, Date.now())}`
  if (bot?.until === 'agent') return t`Com o bot até a equipe escrever`
  return t`Com o bot`
}
