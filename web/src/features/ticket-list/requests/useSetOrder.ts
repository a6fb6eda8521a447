/** Changes the agent's order of tickets. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { putPreferences } from '../../../api'
import { DEFAULT_ORDER, type Order } from '../../../lib/order'
import { problemText, unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

/** Takes effect at once, and is reverted when the server refuses it. */
export function useSetOrder() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (order: Order) => unwrap(putPreferences({ body: order })),
    onMutate: (order) => {
      const before = cache.getQueryData<Order>(queryKeys.preferences)
      cache.setQueryData(queryKeys.preferences, order)
      return before
    },
    onError: (problem, _, before) => {
      cache.setQueryData(queryKeys.preferences, before ?? DEFAULT_ORDER)
      toast.error(t`A ordem não foi guardada: ${problemText(problem)}.`)
    },
  })
}
