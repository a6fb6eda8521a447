/** The card of a contact: who they are, and what was served before. */

import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { changeContact, getContact } from '../../../../api'
import { answered, Problem, wordsFor } from '../../../../lib/problem'
import { keys } from '../../../../lib/queryKeys'
import { afterOwn, readBack } from '../../../../lib/readYourWrites'

export interface Details {
  name: string | null
  email: string | null
  attributes: Record<string, string>
}

const page = (id: string) =>
  answered(getContact({ path: { contact_id: id }, query: afterOwn(keys.contact(id)) }))

export const useContact = (id: string) => useQuery({ queryKey: keys.contact(id), queryFn: () => page(id) })

/** `version` is the card that one looked at: somebody else's later words are not written over unseen. */
export function useWriteContact(id: string, version: number) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (body: Details) =>
      answered(changeContact({ path: { contact_id: id }, headers: { 'If-Match': `"${version}"` }, body })),
    onSuccess: ({ position }) =>
      Promise.all([readBack(cache, keys.contact(id), position), readBack(cache, keys.allContacts, position)]),
    onError: (problem) => {
      const moved = problem instanceof Problem && problem.code === 'contact_moved'
      toast.error(
        moved
          ? t`Outra pessoa mudou este contato enquanto isso. Confira e salve de novo.`
          : t`O contato não foi salvo: ${wordsFor(problem)}.`,
      )
      if (moved) void cache.invalidateQueries({ queryKey: keys.contact(id) })
    },
  })
}
