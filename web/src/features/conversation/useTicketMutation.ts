/** A request that changes one ticket. */

import { t } from '@lingui/core/macro'
import { type UseMutationOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import type { Ticket } from '../../lib/contract'
import { Problem, problemText } from '../../lib/problem'
import { queryKeys } from '../../lib/queryKeys'

type Options<Data, Variables> = Pick<
  UseMutationOptions<Data, unknown, Variables>,
  'mutationFn' | 'onMutate' | 'onSuccess'
>

/** Shows why a change was refused, and refetches the conversation in either case. */
export function useTicketMutation<Data, Variables = void>(ticket: Ticket, options: Options<Data, Variables>) {
  const cache = useQueryClient()
  return useMutation({
    ...options,
    onError: (problem) => toast.error(refusalText(problem)),
    // The stream brings the new state too; this is for when the stream is down.
    onSettled: () => cache.invalidateQueries({ queryKey: queryKeys.conversation(ticket.conversation_id) }),
  })
}

/** The path and the precondition of a move: it is refused when somebody moved the ticket meanwhile. */
export const moveOf = ({
  conversation_id,
  control,
}: {
  conversation_id: string
  control: number | null
}) => ({
  path: { conversation_id },
  headers: { 'If-Match': `"${control}"` },
})

export const refusalText = (problem: unknown): string =>
  controlMovedText(problem) ?? t`Não deu certo: ${problemText(problem)}.`

/** Names the agent who was faster; null for any other problem. */
export function controlMovedText(problem: unknown): string | null {
  if (!(problem instanceof Problem) || problem.code !== 'control_moved') return null
  const name = (problem.body.owner as { name?: string } | null | undefined)?.name
  return name
    ? t`${name} já está com este atendimento.`
    : t`O atendimento mudou enquanto isso. Confira e tente de novo.`
}
