/** Pins the conversation to the top of the agent's own lists, or unpins it. */

import { pin, unpin } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { useTicketMutation } from '../../useTicketMutation'

export const usePin = (ticket: Ticket) =>
  useTicketMutation(ticket, {
    mutationFn: (pinned: boolean) => {
      const path = { conversation_id: ticket.conversation_id }
      return unwrap(pinned ? pin({ path }) : unpin({ path }))
    },
  })
