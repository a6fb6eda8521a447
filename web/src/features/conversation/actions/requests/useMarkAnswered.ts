/** Marks the ticket as answered or unanswered. */

import { markAnswered } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { useTicketMutation } from '../../useTicketMutation'

export const useMarkAnswered = (ticket: Ticket) =>
  useTicketMutation(ticket, {
    mutationFn: (answered: boolean) =>
      unwrap(markAnswered({ path: { conversation_id: ticket.conversation_id }, body: { answered } })),
  })
