/** Cancels a scheduled message. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { cancelScheduled } from '../../../../api'
import { problemText, unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'
import { refetchFrom } from '../../../../lib/readYourWrites'

export function useCancelScheduled(conversationId: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(cancelScheduled({ path: { conversation_id: conversationId, scheduled_id: id } })),
    onSuccess: ({ position }) => refetchFrom(cache, queryKeys.scheduled(conversationId), position),
    onError: (problem) => {
      toast.error(t`O envio não foi cancelado: ${problemText(problem)}.`)
      return refetchFrom(cache, queryKeys.scheduled(conversationId))
    },
  })
}
