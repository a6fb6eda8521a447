/** Messages that go out at an hour: those of a conversation, one more, one less. */

import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { cancelScheduled, listScheduled, scheduleMessage } from '../../../api'
import { keys } from '../../../lib/keys'
import { newKey } from '../../../lib/newKey'
import { answered, wordsFor } from '../../../lib/problem'
import { dayAndHour } from '../../../lib/time'

export interface Later {
  text: string
  due_at: string
  zone: string
}

export const useScheduled = (conversationId: string) =>
  useQuery({
    queryKey: keys.scheduled(conversationId),
    queryFn: async () => (await answered(listScheduled({ path: { conversation_id: conversationId } }))).items,
  })

export function useSchedule(conversationId: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (later: Later) =>
      answered(
        scheduleMessage({
          path: { conversation_id: conversationId },
          headers: { 'Idempotency-Key': newKey() },
          body: later,
        }),
      ),
    onSuccess: (_, { due_at }) => toast.success(t`Envio agendado: ${dayAndHour(due_at, Date.now())}.`),
    onError: (problem) => toast.error(t`O envio não foi agendado: ${wordsFor(problem)}.`),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.scheduled(conversationId) }),
  })
}

export function useCancelScheduled(conversationId: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      answered(cancelScheduled({ path: { conversation_id: conversationId, scheduled_id: id } })),
    onError: (problem) => toast.error(t`O envio não foi cancelado: ${wordsFor(problem)}.`),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.scheduled(conversationId) }),
  })
}
