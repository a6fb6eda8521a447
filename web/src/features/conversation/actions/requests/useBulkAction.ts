/** One action on many tickets: one request, with an outcome for each ticket. */

import { plural, t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { type BulkActionData, type BulkResult, bulkAction, undoMove } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { Problem, problemText, unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'
import { controlMovedText, moveOf } from '../../useTicketMutation'
import { undoToast } from './undoToast'

type Without<Body> = Body extends unknown ? Omit<Body, 'items'> : never
export type BulkAction = Without<BulkActionData['body']>

/** The server's limit. */
export const MAX_TICKETS = 100
/** The server allows a minute; some of it passes on the way. */
const UNDO_MS = 55_000
const PARALLEL_UNDOS = 6

export interface Refusal {
  ticket: Ticket
  reason: string
}

interface BulkOutcome {
  succeeded: readonly BulkResult[]
  refused: readonly Refusal[]
}

const refusalReason = (result: BulkResult): string => {
  const problem = new Problem(result.status, result.code ?? '', result.title, { owner: result.owner })
  return controlMovedText(problem) ?? `${problemText(problem)}.`
}

async function runBulkAction(tickets: readonly Ticket[], action: BulkAction): Promise<BulkOutcome> {
  const items = tickets.map(({ conversation_id, control }) => ({ conversation_id, control }))
  const results = (await unwrap(bulkAction({ body: { ...action, items } as BulkActionData['body'] }))).items
  const byId = new Map(tickets.map((ticket) => [ticket.conversation_id, ticket]))
  return {
    succeeded: results.filter(({ code }) => code === null),
    refused: results.flatMap((result) => {
      const ticket = result.code === null ? undefined : byId.get(result.conversation_id)
      return ticket ? [{ ticket, reason: refusalReason(result) }] : []
    }),
  }
}

/** Returns how many could not be undone. */
async function undoAll(moves: readonly BulkResult[]): Promise<number> {
  let failed = 0
  for (let from = 0; from < moves.length; from += PARALLEL_UNDOS) {
    const batch = moves.slice(from, from + PARALLEL_UNDOS).map((move) =>
      unwrap(undoMove(moveOf(move))).catch(() => {
        failed += 1
      }),
    )
    await Promise.all(batch)
  }
  return failed
}

const canUndo = ({ action }: BulkAction): boolean =>
  action === 'close' || action === 'snooze' || action === 'transfer'

/** `onDone` gets the refused tickets, which stay selected. */
export function useBulkAction(onDone: (refused: readonly Refusal[]) => void) {
  const cache = useQueryClient()
  const refetchConversations = () => cache.invalidateQueries({ queryKey: queryKeys.conversations })
  const undo = async (moves: readonly BulkResult[]) => {
    const failed = await undoAll(moves)
    if (failed === 0) toast.success(t`Desfeito: estão como antes.`)
    else
      toast.error(plural(failed, { one: '# não pôde ser desfeito.', other: '# não puderam ser desfeitos.' }))
    refetchConversations()
  }
  return useMutation({
    mutationFn: ({ tickets, action }: { tickets: readonly Ticket[]; action: BulkAction }) =>
      runBulkAction(tickets, action),
    onSuccess: ({ succeeded, refused }, { action }) => {
      onDone(refused)
      if (succeeded.length === 0) return
      const text = successText(action, succeeded.length)
      if (canUndo(action)) undoToast(text, succeeded, UNDO_MS, () => void undo(succeeded))
      else toast.success(text)
    },
    onError: (problem) => toast.error(t`Nada mudou: ${problemText(problem)}.`),
    onSettled: refetchConversations,
  })
}

function successText(action: BulkAction, many: number): string {
  switch (action.action) {
    case 'assign':
      return plural(many, { one: '# atendimento é seu.', other: '# atendimentos são seus.' })
    case 'unassign':
      return plural(many, { one: '# devolvido à fila.', other: '# devolvidos à fila.' })
    case 'transfer':
      return plural(many, { one: '# atendimento transferido.', other: '# atendimentos transferidos.' })
    case 'close':
      return plural(many, { one: '# atendimento encerrado.', other: '# atendimentos encerrados.' })
    case 'snooze':
      return plural(many, { one: '# conversa adiada.', other: '# conversas adiadas.' })
    case 'bot':
      return plural(many, { one: '# conversa está com o bot.', other: '# conversas estão com o bot.' })
    case 'wake':
      return plural(many, { one: '# conversa retomada.', other: '# conversas retomadas.' })
    case 'answered':
      return action.answered
        ? plural(many, { one: '# marcada como respondida.', other: '# marcadas como respondidas.' })
        : plural(many, { one: '# marcada como não respondida.', other: '# marcadas como não respondidas.' })
    case 'tag':
    case 'tags':
      return plural(many, { one: '# atendimento etiquetado.', other: '# atendimentos etiquetados.' })
  }
}
