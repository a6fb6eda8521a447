/** Confirms a move and offers to undo it. */

import { t } from '@lingui/core/macro'
import { useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { type Moved, undoMove } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'
import { serverNow } from '../../../../lib/serverClock'
import { moveOf, refusalText } from '../../useTicketMutation'
import { undoToast } from './undoToast'

/** The button stays as long as the server accepts an undo; `control` is the version that the move produced. */
export function useUndoToast({ conversation_id }: Ticket) {
  const cache = useQueryClient()
  return (
    text: string,
    { control, undo_until }: Pick<Moved, 'control' | 'undo_until'>,
    undoneText = t`Desfeito: está como antes.`,
  ) => {
    const leftMs = undo_until ? Date.parse(undo_until) - serverNow() : 0
    if (leftMs <= 0) return void toast.success(text)
    const undo = async () => {
      try {
        await unwrap(undoMove(moveOf({ conversation_id, control })))
        toast.success(undoneText)
      } catch (problem) {
        toast.error(refusalText(problem))
      }
      void cache.invalidateQueries({ queryKey: queryKeys.conversation(conversation_id) })
    }
    undoToast(text, [{ conversation_id, control }], leftMs, () => void undo())
  }
}
