/** Refetches whatever shows a merged or separated contact. */

import type { QueryClient } from '@tanstack/react-query'
import { queryKeys } from '../../../lib/queryKeys'
import { refetchFrom } from '../../../lib/readYourWrites'

/** Both contact pages and every list, each at `position` or later. */
export function refetchMerged(
  cache: QueryClient,
  ids: readonly string[],
  position: string,
): Promise<unknown> {
  const pages = ids.map((id) => refetchFrom(cache, queryKeys.contact(id), position))
  return Promise.all([...pages, refetchFrom(cache, queryKeys.allContacts, position)])
}
