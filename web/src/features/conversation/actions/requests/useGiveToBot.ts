/** Gives the conversation to the bot. */

import { t } from '@lingui/core/macro'
import { toast } from 'sonner'
import { type GiveToBot, giveToBot } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { moveOf, useTicketMutation } from '../../useTicketMutation'

export const useGiveToBot = (ticket: Ticket) =>
  useTicketMutation(ticket, {
    mutationFn: (body: GiveToBot) => unwrap(giveToBot({ ...moveOf(ticket), body })),
    onSuccess: () => toast.success(t`O bot está com a conversa.`),
  })
