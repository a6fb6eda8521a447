/** The conversation's newest ticket and its contact. */

import { useQuery } from '@tanstack/react-query'
import { getConversation } from '../../api'
import type { Conversation } from '../../lib/contract'
import { keys } from '../../lib/keys'
import { heardWhile } from '../../lib/live/ear'
import { hearConversation } from '../../lib/merge'
import { answered } from '../../lib/problem'

export const useConversation = (id: string) =>
  useQuery<Conversation>({
    queryKey: keys.conversation(id),
    queryFn: () =>
      heardWhile(() => answered(getConversation({ path: { conversation_id: id } })), hearConversation),
  })
