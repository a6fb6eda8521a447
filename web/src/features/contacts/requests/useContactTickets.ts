/** The tickets of a contact, page by page. */

import { useInfiniteQuery } from '@tanstack/react-query'
import { listContactTickets } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'

const STALE_MS = 15_000

export const useContactTickets = (id: string) =>
  useInfiniteQuery({
    queryKey: queryKeys.contactTickets(id),
    queryFn: ({ pageParam }) =>
      unwrap(
        listContactTickets({
          path: { contact_id: id },
          query: {
            limit: 20,
            ...minPosition(queryKeys.contact(id)),
            ...(pageParam ? { cursor: pageParam } : {}),
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    staleTime: STALE_MS,
  })
