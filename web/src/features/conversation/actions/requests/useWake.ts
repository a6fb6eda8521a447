/** Wakes a snoozed ticket before its time. */

import { t } from '@lingui/core/macro'
import { toast } from 'sonner'
import { wake } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { moveOf, useTicketMutation } from '../../useTicketMutation'

export const useWake = (ticket: Ticket) =>
  useTicketMutation(ticket, {
    mutationFn: () => unwrap(wake(moveOf(ticket))),
    onSuccess: () => toast.success(t`A conversa voltou para a lista.`),
  })
