/** What an agent does with a ticket: take it, give it back, put it off, close it, mark it. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { assign, closeTicket, markAnswered, snooze, unassign, wake } from '../../../api'
import type { Ticket } from '../../../lib/contract'
import { keys } from '../../../lib/keys'
import { answered, Problem, wordsFor } from '../../../lib/problem'
import { dayAndHour } from '../../../lib/time'
import type { Wanted } from '../SnoozeDialog'

function refusal(problem: unknown): string {
  const owner =
    problem instanceof Problem ? (problem.facts.owner as { name?: string } | null | undefined) : null
  if (problem instanceof Problem && problem.code === 'control_moved') {
    const name = owner?.name
    return name
      ? t`${name} já está com este atendimento.`
      : t`O atendimento mudou enquanto isso. Confira e tente de novo.`
  }
  return t`Não deu certo: ${wordsFor(problem)}.`
}

/** The stream brings what became of it; asking again is for when the stream is cut. */
export function useTicketActions(ticket: Ticket, meId: string) {
  const cache = useQueryClient()
  const path = { conversation_id: ticket.conversation_id }
  const headers = { 'If-Match': `"${ticket.control}"` }
  const options = {
    onError: (problem: unknown) => toast.error(refusal(problem)),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.conversation(ticket.conversation_id) }),
  }
  const take = useMutation({
    mutationFn: () => answered(assign({ path, headers, body: { assignee_id: meId } })),
    ...options,
    onSuccess: () => toast.success(t`O atendimento é seu.`),
  })
  const giveBack = useMutation({
    mutationFn: () => answered(unassign({ path, headers })),
    ...options,
    onSuccess: () => toast.success(t`Atendimento devolvido à fila.`),
  })
  const putOff = useMutation({
    mutationFn: (wanted: Wanted) => answered(snooze({ path, headers, body: wanted })),
    ...options,
    onSuccess: ({ snoozed_until: until }) => {
      const hour = dayAndHour(until, Date.now())
      toast.success(t`Conversa adiada: volta ${hour}.`)
    },
  })
  const callBack = useMutation({
    mutationFn: () => answered(wake({ path, headers })),
    ...options,
    onSuccess: () => toast.success(t`A conversa voltou para a lista.`),
  })
  const close = useMutation({
    mutationFn: () => answered(closeTicket({ path, headers })),
    ...options,
    onSuccess: () => toast.success(t`Atendimento encerrado.`),
  })
  const mark = useMutation({
    mutationFn: (is: boolean) => answered(markAnswered({ path, body: { answered: is } })),
    ...options,
  })
  return { take, giveBack, putOff, callBack, close, mark }
}
