/** A change to quick replies. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { Problem, problemText } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { refetchFrom } from '../../../lib/readYourWrites'

/** Lists and pages are refetched from the change on, and also when somebody else was faster. */
export function useReplyMutation<Variables>(
  mutationFn: (variables: Variables) => Promise<{ position: string }>,
  successText: (variables: Variables) => string,
) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: ({ position }, variables) => {
      toast.success(successText(variables))
      return refetchFrom(cache, queryKeys.quickReplies, position)
    },
    onError: (problem) => {
      toast.error(t`Não deu certo: ${problemText(problem)}.`)
      if (problem instanceof Problem && (problem.status === 409 || problem.status === 404)) {
        void refetchFrom(cache, queryKeys.quickReplies)
      }
    },
  })
}

/** The quick reply as the caller saw it: refused when somebody changed it meanwhile. */
export const seen = ({ id, revision }: { id: string; revision: number }) => ({
  path: { quick_reply_id: id },
  headers: { 'If-Match': `"${revision}"` },
})
