/** A conversation: its newest ticket and its contact. */

import { useQuery } from '@tanstack/react-query'
import { getConversation } from '../../api'
import type { Conversation } from '../../lib/contract'
import { fetchWithChanges } from '../../lib/live/changeBuffer'
import { applyToConversation } from '../../lib/merge'
import { unwrap } from '../../lib/problem'
import { queryKeys } from '../../lib/queryKeys'

export const useConversation = (id: string) =>
  useQuery<Conversation>({
    queryKey: queryKeys.conversation(id),
    queryFn: () =>
      fetchWithChanges(() => unwrap(getConversation({ path: { conversation_id: id } })), applyToConversation),
  })
