/** Switches automatic assignment on or off for the agent. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { switchPresence } from '../../../api'
import { problemText, unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

export function useSetAvailability() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (available: boolean) => unwrap(switchPresence({ body: { available } })),
    onSuccess: ({ available }) => {
      cache.setQueryData(queryKeys.availability, available)
      toast.success(available ? t`Você está disponível.` : t`Você está ausente: nada novo chega sozinho.`)
    },
    onError: (problem) => toast.error(t`Não deu certo: ${problemText(problem)}.`),
  })
}
