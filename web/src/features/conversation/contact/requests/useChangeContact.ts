/** Changes the name, e-mail and attributes of a contact. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { type ChangeContact, changeContact } from '../../../../api'
import { Problem, problemText, unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'
import { refetchFrom } from '../../../../lib/readYourWrites'

/** `version` is the one on the screen: a card that somebody changed meanwhile is not overwritten. */
export function useChangeContact(id: string, version: number) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (body: ChangeContact) =>
      unwrap(changeContact({ path: { contact_id: id }, headers: { 'If-Match': `"${version}"` }, body })),
    onSuccess: ({ position }) =>
      Promise.all([
        refetchFrom(cache, queryKeys.contact(id), position),
        refetchFrom(cache, queryKeys.allContacts, position),
      ]),
    onError: (problem) => {
      const moved = problem instanceof Problem && problem.code === 'contact_moved'
      toast.error(
        moved
          ? t`Outra pessoa mudou este contato enquanto isso. Confira e salve de novo.`
          : t`O contato não foi salvo: ${problemText(problem)}.`,
      )
      if (moved) void cache.invalidateQueries({ queryKey: queryKeys.contact(id) })
    },
  })
}
