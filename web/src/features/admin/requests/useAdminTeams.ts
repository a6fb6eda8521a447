/** All teams. */

import { useQuery } from '@tanstack/react-query'
import { listTeams } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'

export const useAdminTeams = () =>
  useQuery({
    queryKey: queryKeys.adminTeams,
    queryFn: async () => (await unwrap(listTeams({ query: minPosition(queryKeys.admin) }))).items,
    staleTime: 0,
  })
