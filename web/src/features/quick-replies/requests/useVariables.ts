/** The variables that texts can name. */

import { useQuery } from '@tanstack/react-query'
import { listVariables } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'

export const useVariables = () =>
  useQuery({
    queryKey: queryKeys.adminVariables,
    queryFn: async () => (await unwrap(listVariables({ query: minPosition(queryKeys.admin) }))).items,
    staleTime: 60_000,
  })
