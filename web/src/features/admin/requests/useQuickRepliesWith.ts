/** The approved quick replies whose text names a variable, of the first that a search for it finds. */

import { useQuery } from '@tanstack/react-query'
import { listQuickReplies } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

const MOST = 200

export const useQuickRepliesWith = (variable: string) =>
  useQuery({
    queryKey: queryKeys.adminQuickRepliesWith(variable),
    queryFn: async () => {
      const { items } = await unwrap(listQuickReplies({ query: { view: 'all', q: variable, limit: MOST } }))
      return items.filter(({ variables }) => variables.includes(variable))
    },
    staleTime: 0,
  })
