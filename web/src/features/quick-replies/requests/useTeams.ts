/** The teams that a quick reply can be for. */

import { useQuery } from '@tanstack/react-query'
import { listTeams } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'

export const useTeams = () =>
  useQuery({
    queryKey: queryKeys.adminTeams,
    queryFn: async () => (await unwrap(listTeams({ query: minPosition(queryKeys.admin) }))).items,
    staleTime: 0,
  })
