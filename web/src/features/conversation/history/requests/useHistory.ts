/** What happened in a conversation, and how it stood at one moment. */

import { useQuery } from '@tanstack/react-query'
import { getConversationEvents, type HistoryItem } from '../../../../api'
import { answered } from '../../../../lib/problem'
import { keys } from '../../../../lib/queryKeys'

const PAGE = 1_000

/** All facts, newest first; read anew whenever it is opened. */
export const useHistory = (id: string) =>
  useQuery({
    queryKey: keys.history(id),
    queryFn: async () => {
      const all: HistoryItem[] = []
      let after: string | null = null
      do {
        const query: { limit: number; after?: string } = { limit: PAGE, ...(after ? { after } : {}) }
        const page = await answered(getConversationEvents({ path: { conversation_id: id }, query }))
        all.push(...page.items)
        after = page.next
      } while (after)
      return all.reverse()
    },
    staleTime: 0,
    gcTime: 0,
  })

/** `at` is an instant or a place in the log. */
export const useAsOf = (id: string, at: string | null) =>
  useQuery({
    queryKey: keys.asOf(id, at ?? ''),
    queryFn: async () => {
      const query = { as_of: at ?? '', limit: 1 }
      return (await answered(getConversationEvents({ path: { conversation_id: id }, query }))).as_of
    },
    enabled: at !== null,
    staleTime: 0,
  })
