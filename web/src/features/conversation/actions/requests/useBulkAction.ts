/** The same asked of many tickets: one request, one answer for each. */

import { plural, t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { type BulkActionData, type BulkResult, bulkAction, undoMove } from '../../../../api'
import type { Ticket } from '../../../../lib/contract'
import { answered, Problem, wordsFor } from '../../../../lib/problem'
import { keys } from '../../../../lib/queryKeys'
import { moved } from './useTicketActions'

type Without<Body> = Body extends unknown ? Omit<Body, 'items'> : never
export type Wanted = Without<BulkActionData['body']>

/** So many at once, as the server takes them. */
export const MOST = 100
/** The server's minute, less the way there. */
const UNDO_MS = 55_000
const AT_ONCE = 6

export interface Refused {
  ticket: Ticket
  why: string
}

interface Done {
  well: readonly BulkResult[]
  refused: readonly Refused[]
}

const whyOf = (result: BulkResult): string => {
  const problem = new Problem(result.status, result.code ?? '', result.title, { owner: result.owner })
  return moved(problem) ?? `${wordsFor(problem)}.`
}

async function ask(tickets: readonly Ticket[], wanted: Wanted): Promise<Done> {
  const items = tickets.map(({ conversation_id, control }) => ({ conversation_id, control }))
  const results = (await answered(bulkAction({ body: { ...wanted, items } as BulkActionData['body'] }))).items
  const byId = new Map(tickets.map((ticket) => [ticket.conversation_id, ticket]))
  return {
    well: results.filter(({ code }) => code === null),
    refused: results.flatMap((result) => {
      const ticket = result.code === null ? undefined : byId.get(result.conversation_id)
      return ticket ? [{ ticket, why: whyOf(result) }] : []
    }),
  }
}

/** Takes each back; returns how many could not be. */
async function takeBack(made: readonly BulkResult[]): Promise<number> {
  let failed = 0
  for (let from = 0; from < made.length; from += AT_ONCE) {
    const part = made.slice(from, from + AT_ONCE).map(({ conversation_id, control }) =>
      answered(undoMove({ path: { conversation_id }, headers: { 'If-Match': `"${control}"` } })).catch(() => {
        failed += 1
      }),
    )
    await Promise.all(part)
  }
  return failed
}

const hasWayBack = ({ action }: Wanted): boolean =>
  action === 'close' || action === 'snooze' || action === 'transfer'

/** `finished` hears which were refused: those stay chosen. */
export function useBulk(finished: (refused: readonly Refused[]) => void) {
  const cache = useQueryClient()
  const again = () => cache.invalidateQueries({ queryKey: keys.conversations })
  const undo = async (made: readonly BulkResult[]) => {
    const failed = await takeBack(made)
    if (failed === 0) toast.success(t`Desfeito: estão como antes.`)
    else
      toast.error(plural(failed, { one: '# não pôde ser desfeito.', other: '# não puderam ser desfeitos.' }))
    again()
  }
  return useMutation({
    mutationFn: ({ tickets, wanted }: { tickets: readonly Ticket[]; wanted: Wanted }) => ask(tickets, wanted),
    onSuccess: ({ well, refused }, { wanted }) => {
      finished(refused)
      if (well.length === 0) return
      const words = saidOf(wanted, well.length)
      if (!hasWayBack(wanted)) return toast.success(words)
      return toast.success(words, {
        duration: UNDO_MS,
        closeButton: true,
        action: { label: t`Desfazer`, onClick: () => void undo(well) },
      })
    },
    onError: (problem) => toast.error(t`Nada mudou: ${wordsFor(problem)}.`),
    onSettled: again,
  })
}

function saidOf(wanted: Wanted, many: number): string {
  switch (wanted.action) {
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
      return wanted.answered
        ? plural(many, { one: '# marcada como respondida.', other: '# marcadas como respondidas.' })
        : plural(many, { one: '# marcada como não respondida.', other: '# marcadas como não respondidas.' })
    case 'tag':
    case 'tags':
      return plural(many, { one: '# atendimento etiquetado.', other: '# atendimentos etiquetados.' })
  }
}
