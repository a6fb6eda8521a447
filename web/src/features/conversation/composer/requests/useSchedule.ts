/** Schedules a message. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { type Schedule, scheduleMessage } from '../../../../api'
import { problemText, unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'
import { randomUuid } from '../../../../lib/randomUuid'
import { refetchFrom } from '../../../../lib/readYourWrites'
import { serverNow } from '../../../../lib/serverClock'
import { formatDayAndTime } from '../../../../lib/time'

export function useSchedule(conversationId: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (body: Schedule) =>
      unwrap(
        scheduleMessage({
          path: { conversation_id: conversationId },
          headers: { 'Idempotency-Key': randomUuid() },
          body,
        }),
      ),
    onSuccess: ({ position }, { due_at }) => {
      toast.success(t`Envio agendado: ${formatDayAndTime(due_at, serverNow())}.`)
      return refetchFrom(cache, queryKeys.scheduled(conversationId), position)
    },
    onError: (problem) => toast.error(t`O envio não foi agendado: ${problemText(problem)}.`),
  })
}
