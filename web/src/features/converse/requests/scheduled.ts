/** Messages that go out at an hour: those of a conversation, one more, one less. */

import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { cancelScheduled, listScheduled, type ScheduledMessage, scheduleMessage } from '../../../api'
import { keys } from '../../../lib/keys'
import { newKey } from '../../../lib/newKey'
import { answered, wordsFor } from '../../../lib/problem'
import { dayAndHour } from '../../../lib/time'

export interface Later {
  text: string
  due_at: string
  zone: string
}

const listed = async (id: string, min_position?: string): Promise<readonly ScheduledMessage[]> => {
  const query = min_position ? { min_position } : {}
  return (await answered(listScheduled({ path: { conversation_id: id }, query }))).items
}

export const useScheduled = (conversationId: string) =>
  useQuery({ queryKey: keys.scheduled(conversationId), queryFn: () => listed(conversationId) })

export function useSchedule(conversationId: string) {
  const changed = useListAfter(conversationId)
  return useMutation({
    mutationFn: (later: Later) =>
      answered(
        scheduleMessage({
          path: { conversation_id: conversationId },
          headers: { 'Idempotency-Key': newKey() },
          body: later,
        }),
      ),
    onSuccess: ({ position }, { due_at }) => {
      toast.success(t`Envio agendado: ${dayAndHour(due_at, Date.now())}.`)
      return changed(position)
    },
    onError: (problem) => toast.error(t`O envio não foi agendado: ${wordsFor(problem)}.`),
  })
}

export function useCancelScheduled(conversationId: string) {
  const changed = useListAfter(conversationId)
  return useMutation({
    mutationFn: (id: string) =>
      answered(cancelScheduled({ path: { conversation_id: conversationId, scheduled_id: id } })),
    onSuccess: ({ position }) => changed(position),
    onError: (problem) => {
      toast.error(t`O envio não foi cancelado: ${wordsFor(problem)}.`)
      return changed()
    },
  })
}

/** Reads the list as it is once the server's own lists have come to `position`. */
function useListAfter(conversationId: string) {
  const cache = useQueryClient()
  return (position?: string) =>
    cache.fetchQuery({
      queryKey: keys.scheduled(conversationId),
      queryFn: () => listed(conversationId, position),
      staleTime: 0,
    })
}
