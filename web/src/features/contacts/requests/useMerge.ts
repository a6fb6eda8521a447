/** Merges another contact into this one, and offers to undo it. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { type ContactSummary, mergeContact } from '../../../api'
import { problemText, unwrap } from '../../../lib/problem'
import { refetchMerged } from './refetchMerged'
import { mergeToastId, useUnmerge } from './useUnmerge'

export function useMerge(contactId: string) {
  const cache = useQueryClient()
  const unmerge = useUnmerge(contactId)
  return useMutation({
    mutationFn: (other: ContactSummary) =>
      unwrap(mergeContact({ path: { contact_id: other.id }, body: { into: contactId } })),
    onSuccess: ({ position }, other) => {
      toast.success(t`${other.name} e este contato agora são um só.`, {
        id: mergeToastId(other),
        duration: 30_000,
        closeButton: true,
        action: { label: t`Desfazer`, onClick: () => unmerge.mutate(other) },
      })
      return refetchMerged(cache, [contactId, other.id], position)
    },
    onError: (problem) => toast.error(t`Não foram juntados: ${problemText(problem)}.`),
  })
}
