/** The templates of a channel that match a search, page by page. */

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { listTemplates } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

const PAGE_SIZE = 50

export const useTemplates = (channelId: string | undefined, q: string) =>
  useInfiniteQuery({
    queryKey: queryKeys.templates(channelId ?? '', q),
    queryFn: ({ pageParam }) =>
      unwrap(
        listTemplates({
          query: {
            channel_id: channelId ?? '',
            limit: PAGE_SIZE,
            ...(q ? { q } : {}),
            ...(pageParam ? { cursor: pageParam } : {}),
          },
        }),
      ),
    enabled: channelId !== undefined,
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    // Meta pauses templates at any time: what was read before is shown, and read again.
    staleTime: 0,
  })
