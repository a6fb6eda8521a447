/** The conversation's newest ticket and its contact. */

import { useQuery } from '@tanstack/react-query'
import { getConversation } from '../../api'
import type { Conversation } from '../../lib/contract'
import { heardWhile } from '../../lib/live/changeBuffer'
import { hearConversation } from '../../lib/merge'
import { answered } from '../../lib/problem'
import { keys } from '../../lib/queryKeys'

export const useConversation = (id: string) =>
  useQuery<Conversation>({
    queryKey: keys.conversation(id),
    queryFn: () =>
      heardWhile(() => answered(getConversation({ path: { conversation_id: id } })), hearConversation),
  })
