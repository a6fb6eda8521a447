/** Messages that go out at an hour: those of a conversation, one more, one less. */

import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { cancelScheduled, listScheduled, type ScheduledMessage, scheduleMessage } from '../../../../api'
import { answered, wordsFor } from '../../../../lib/problem'
import { keys } from '../../../../lib/queryKeys'
import { newKey } from '../../../../lib/randomUuid'
import { afterOwn, readBack } from '../../../../lib/readYourWrites'
import { dayAndHour } from '../../../../lib/time'

export interface Later {
  text: string
  due_at: string
  zone: string
}

const listed = async (id: string): Promise<readonly ScheduledMessage[]> => {
  const query = afterOwn(keys.scheduled(id))
  return (await answered(listScheduled({ path: { conversation_id: id }, query }))).items
}

export const useScheduled = (conversationId: string) =>
  useQuery({ queryKey: keys.scheduled(conversationId), queryFn: () => listed(conversationId) })

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
    onSuccess: ({ position }, { due_at }) => {
      toast.success(t`Envio agendado: ${dayAndHour(due_at, Date.now())}.`)
      return readBack(cache, keys.scheduled(conversationId), position)
    },
    onError: (problem) => toast.error(t`O envio não foi agendado: ${wordsFor(problem)}.`),
  })
}

export function useCancelScheduled(conversationId: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      answered(cancelScheduled({ path: { conversation_id: conversationId, scheduled_id: id } })),
    onSuccess: ({ position }) => readBack(cache, keys.scheduled(conversationId), position),
    onError: (problem) => {
      toast.error(t`O envio não foi cancelado: ${wordsFor(problem)}.`)
      return readBack(cache, keys.scheduled(conversationId))
    },
  })
}
