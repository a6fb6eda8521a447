/** Replaces the tags of a ticket; they are shown before the server answers. */

import { useQueryClient } from '@tanstack/react-query'
import { setTags } from '../../../../api'
import type { Conversation, Ticket } from '../../../../lib/contract'
import { unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'
import { useTicketMutation } from '../../useTicketMutation'

export function useSetTags(ticket: Ticket) {
  const cache = useQueryClient()
  const { conversation_id } = ticket
  return useTicketMutation(ticket, {
    mutationFn: (tags: string[]) => unwrap(setTags({ path: { conversation_id }, body: { tags } })),
    onMutate: (tags) => {
      cache.setQueryData<Conversation>(
        queryKeys.conversation(conversation_id),
        (before) => before && { ...before, ticket: { ...before.ticket, tags } },
      )
    },
  })
}
