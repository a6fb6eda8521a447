/** Whether the agent gets tickets by automatic assignment. */

import { useQuery } from '@tanstack/react-query'
import { getPresence } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

/** Undefined until it is known. */
export const useAvailability = (): boolean | undefined =>
  useQuery({
    queryKey: queryKeys.availability,
    queryFn: async () => (await unwrap(getPresence())).available,
  }).data
