/** The events of a conversation, newest first. */

import { useQuery } from '@tanstack/react-query'
import { getConversationEvents, type HistoryItem } from '../../../../api'
import { unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'

const PAGE_SIZE = 1_000

/** Fetched again whenever the dialog opens. */
export const useHistory = (id: string) =>
  useQuery({
    queryKey: queryKeys.history(id),
    queryFn: async () => {
      const all: HistoryItem[] = []
      let after: string | null = null
      do {
        const query: { limit: number; after?: string } = { limit: PAGE_SIZE, ...(after ? { after } : {}) }
        const page = await unwrap(getConversationEvents({ path: { conversation_id: id }, query }))
        all.push(...page.items)
        after = page.next
      } while (after)
      return all.reverse()
    },
    staleTime: 0,
    gcTime: 0,
  })
