/** Separates a merged contact again; the notice that offers it goes. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { type ContactSummary, undoContactMerge } from '../../../api'
import { problemText, unwrap } from '../../../lib/problem'
import { refetchMerged } from './refetchMerged'

/** The notice that `other` was merged, which offers to undo it. */
export const mergeToastId = (other: ContactSummary): string => `merge-${other.id}`

export function useUnmerge(contactId: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (other: ContactSummary) => unwrap(undoContactMerge({ path: { contact_id: other.id } })),
    onSuccess: ({ position }, other) => {
      toast.dismiss(mergeToastId(other))
      toast.success(t`${other.name} é de novo um contato à parte.`)
      return refetchMerged(cache, [contactId, other.id], position)
    },
    onError: (problem) => toast.error(t`Não foram separados: ${problemText(problem)}.`),
  })
}
