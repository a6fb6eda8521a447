/** How many suggestions of quick replies wait for an admin; 0 for others. */

import { useQuery } from '@tanstack/react-query'
import { countQuickReplies } from '../api'
import type { Me } from './contract'
import { unwrap } from './problem'
import { queryKeys } from './queryKeys'
import { minPosition } from './readYourWrites'

/** The stream says when it changes; this is for when a change was missed. */
const STALE_MS = 300_000

export function useWaitingReplies({ role }: Me): number {
  const counted = useQuery({
    queryKey: queryKeys.waitingReplies,
    queryFn: () => unwrap(countQuickReplies({ query: minPosition(queryKeys.quickReplies) })),
    enabled: role === 'admin',
    staleTime: STALE_MS,
  })
  return counted.data?.waiting ?? 0
}
