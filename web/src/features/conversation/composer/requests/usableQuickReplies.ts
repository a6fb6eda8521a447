/** The quick replies that the agent may use, found by name, shortcut and text; those used most first. */

import { listQuickReplies } from '../../../../api'
import { unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'

const MAX_LINES = 30
const MAX_QUERY = 200

export const usableQuickRepliesQuery = (typed: string) => {
  const q = typed.trim().slice(0, MAX_QUERY)
  return {
    queryKey: queryKeys.usableQuickReplies(q),
    queryFn: async () =>
      (await unwrap(listQuickReplies({ query: { view: 'usable', q, limit: MAX_LINES } }))).items,
    // The order changes with each use.
    staleTime: 0,
  }
}
