/** A conversation as it was at one moment. */

import { useQuery } from '@tanstack/react-query'
import { getConversationEvents } from '../../../../api'
import { unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'

/** `at` is an instant or a log position. */
export const usePastVersion = (id: string, at: string | null) =>
  useQuery({
    queryKey: queryKeys.pastVersion(id, at ?? ''),
    queryFn: async () => {
      const query = { as_of: at ?? '', limit: 1 }
      return (await unwrap(getConversationEvents({ path: { conversation_id: id }, query }))).as_of
    },
    enabled: at !== null,
    staleTime: 0,
  })
