/** Returns the ticket to its queue. */

import { t } from '@lingui/core/macro'
import { toast } from 'sonner'
import { unassign } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { moveOf, useTicketMutation } from '../../useTicketMutation'

export const useUnassign = (ticket: Ticket) =>
  useTicketMutation(ticket, {
    mutationFn: () => unwrap(unassign(moveOf(ticket))),
    onSuccess: () => toast.success(t`Atendimento devolvido à fila.`),
  })
