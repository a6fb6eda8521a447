/** All variables that are not archived. */

import { useQuery } from '@tanstack/react-query'
import { listVariables } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'

export const useAdminVariables = () =>
  useQuery({
    queryKey: queryKeys.adminVariables,
    queryFn: async () => (await unwrap(listVariables({ query: minPosition(queryKeys.admin) }))).items,
    staleTime: 0,
  })
