/** Contacts that match a search, page by page. */

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { listContacts } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'

const PAGE_SIZE = 50
/** The stream does not announce new contacts, so a list may be this old. */
const STALE_MS = 15_000

export const useContacts = (q: string) =>
  useInfiniteQuery({
    queryKey: queryKeys.contacts(q),
    queryFn: ({ pageParam }) =>
      unwrap(
        listContacts({
          query: {
            q,
            limit: PAGE_SIZE,
            ...minPosition(queryKeys.allContacts),
            ...(pageParam ? { cursor: pageParam } : {}),
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    staleTime: STALE_MS,
    placeholderData: keepPreviousData,
  })
