/** All channels. */

import { useQuery } from '@tanstack/react-query'
import { listChannels } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'

export const useAdminChannels = () =>
  useQuery({
    queryKey: queryKeys.adminChannels,
    queryFn: async () => (await unwrap(listChannels({ query: minPosition(queryKeys.admin) }))).items,
    staleTime: 0,
  })
