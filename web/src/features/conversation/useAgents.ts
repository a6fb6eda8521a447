/** The agents whom a note can mention, and to whom a ticket can be transferred. */

import { useQuery } from '@tanstack/react-query'
import { listAgents } from '../../api'
import { unwrap } from '../../lib/problem'
import { queryKeys } from '../../lib/queryKeys'

/** The stream does not announce who becomes available. */
const STALE_MS = 30_000

export const agentsQuery = {
  queryKey: queryKeys.agents,
  queryFn: async () => (await unwrap(listAgents())).items,
  staleTime: STALE_MS,
}

export const useAgents = () => useQuery(agentsQuery)
