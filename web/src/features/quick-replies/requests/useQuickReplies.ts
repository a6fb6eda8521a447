/** Quick replies of one view, page by page. */

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { listQuickReplies } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'
import type { ReplyView } from '../sections'

const PAGE_SIZE = 50

export const useQuickReplies = (view: ReplyView, q: string) =>
  useInfiniteQuery({
    queryKey: queryKeys.quickReplyList(view, q),
    queryFn: ({ pageParam }) =>
      unwrap(
        listQuickReplies({
          query: {
            view,
            q,
            limit: PAGE_SIZE,
            ...minPosition(queryKeys.quickReplies),
            ...(pageParam ? { cursor: pageParam } : {}),
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
