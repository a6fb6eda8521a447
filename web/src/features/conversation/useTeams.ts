/** The teams to which a ticket can be transferred. */

import { useQuery } from '@tanstack/react-query'
import { listTeams } from '../../api'
import { unwrap } from '../../lib/problem'
import { queryKeys } from '../../lib/queryKeys'

const STALE_MS = 30_000

export const useTeams = () =>
  useQuery({
    queryKey: queryKeys.teams,
    queryFn: async () => (await unwrap(listTeams())).items,
    staleTime: STALE_MS,
  })
