/** What erasing a contact would remove, and doing it. */

import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { type ErasureReceipt, eraseContact } from '../../../../api'
import { problemText, unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'
import { refetchFrom } from '../../../../lib/readYourWrites'

const erase = (id: string, isRehearsal: boolean): Promise<ErasureReceipt> =>
  unwrap(eraseContact({ path: { contact_id: id }, body: { dry_run: isRehearsal } }))

/** Asked anew each time that the dialog opens. */
export const useRehearsal = (id: string) =>
  useQuery({ queryKey: queryKeys.erasure(id), queryFn: () => erase(id, true), staleTime: 0, gcTime: 0 })

export function useErasure(id: string, name: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: () => erase(id, false),
    onSuccess: async ({ position }) => {
      toast.success(t`Os dados de ${name} foram apagados.`)
      await Promise.all([
        refetchFrom(cache, queryKeys.contact(id), position ?? undefined),
        refetchFrom(cache, queryKeys.allContacts, position ?? undefined),
        cache.invalidateQueries({ queryKey: queryKeys.live }),
      ])
    },
    onError: (problem) => toast.error(t`Os dados não foram apagados: ${problemText(problem)}.`),
  })
}
