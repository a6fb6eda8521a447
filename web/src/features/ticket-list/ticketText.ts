/** A ticket in words: the label of its link, and its last message. */

import { plural, t } from '@lingui/core/macro'
import { contactName } from '../../lib/contactName'
import type { Ticket } from '../../lib/contract'
import { formatDuration } from '../../lib/time'
import type { Window24 } from '../../lib/window'
import { messageKind } from '../../ui/messageKind'

/** "antes com Ana": who was not there when the ticket came back, and it went to its queue. */
export function lastOwnerText(ticket: Ticket): string | null {
  const name = ticket.last_owner?.name
  return ticket.last_owner ? t`antes com ${name || t`alguém da equipe`}` : null
}

/** "Rosa Fontes, resposta não enviada, não respondida, 2 mensagens não lidas, janela fecha em 39 min". */
export function ticketLabel(ticket: Ticket, window: Window24): string {
  const parts = [contactName(ticket.contact)]
  if (ticket.pinned) parts.push(t`fixado`)
  if (ticket.state === 'closed') parts.push(t`encerrado`)
  else if (ticket.state === 'snoozed') parts.push(t`adiado`)
  if (ticket.failed) parts.push(t`resposta não enviada`)
  if (ticket.state !== 'closed') parts.push(ticket.unanswered ? t`não respondida` : t`respondida`)
  const lastOwner = lastOwnerText(ticket)
  if (lastOwner) parts.push(lastOwner)
  if (ticket.unread > 0) {
    parts.push(plural(ticket.unread, { one: '# mensagem não lida', other: '# mensagens não lidas' }))
  }
  parts.push(
    window.state === 'closed'
      ? t`janela fechada`
      : t`janela fecha em ${formatDuration(window.leftMs, false)}`,
  )
  if (ticket.window_warned && window.state !== 'closed') parts.push(t`antes da volta`)
  return parts.join(', ')
}

export function lastMessageText(ticket: Ticket): string {
  const last = ticket.last_message
  if (!last) return t`Sem mensagens`
  const text = last.text?.trim() || messageKind(last.type)?.name || t`Mensagem sem texto`
  return last.direction === 'out' ? t`Nós: ${text}` : text
}
