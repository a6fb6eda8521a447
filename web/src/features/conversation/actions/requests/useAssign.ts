/** Assigns the ticket to the agent who asks. */

import { t } from '@lingui/core/macro'
import { toast } from 'sonner'
import { assign } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { moveOf, useTicketMutation } from '../../useTicketMutation'

export const useAssign = (ticket: Ticket, meId: string) =>
  useTicketMutation(ticket, {
    mutationFn: () => unwrap(assign({ ...moveOf(ticket), body: { assignee_id: meId } })),
    onSuccess: () => toast.success(t`O atendimento é seu.`),
  })
