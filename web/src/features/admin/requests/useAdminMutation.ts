/** A change to teams, agents, channels or variables. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { problemText } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { refetchFrom } from '../../../lib/readYourWrites'

/** The lists shown here are refetched from the change on; those of other screens when they open. */
export function useAdminMutation<Variables>(
  mutationFn: (variables: Variables) => Promise<{ position: string }>,
  successText: (variables: Variables) => string,
) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: ({ position }, variables) => {
      toast.success(successText(variables))
      void cache.invalidateQueries({ queryKey: queryKeys.teams })
      void cache.invalidateQueries({ queryKey: queryKeys.agents })
      void cache.invalidateQueries({ queryKey: queryKeys.variables })
      return refetchFrom(cache, queryKeys.admin, position)
    },
    onError: (problem) => toast.error(t`Não foi salvo: ${problemText(problem)}.`),
  })
}
