/** How many tickets each view has. */

import { useQuery } from '@tanstack/react-query'
import { countTickets } from '../../../api'
import type { Counts } from '../../../lib/contract'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

/** Undefined until it is known. */
export const useCounts = (): Counts | undefined =>
  useQuery<Counts>({ queryKey: queryKeys.counts, queryFn: () => unwrap(countTickets()) }).data
