/** All agents, also those who no longer work here. */

import { useQuery } from '@tanstack/react-query'
import { listAgents } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'

export const useAdminAgents = () =>
  useQuery({
    queryKey: queryKeys.adminAgents,
    queryFn: async () =>
      (await unwrap(listAgents({ query: { inactive: true, ...minPosition(queryKeys.admin) } }))).items,
    staleTime: 0,
  })
