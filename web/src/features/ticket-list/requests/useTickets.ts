/** The tickets of a view, page by page. */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef } from 'react'
import { listTickets } from '../../../api'
import type { View } from '../../../lib/contract'
import { fetchWithChanges } from '../../../lib/live/changeBuffer'
import { appendNext, applyToTicketList, type TicketList } from '../../../lib/merge'
import { DEFAULT_ORDER, type Order } from '../../../lib/order'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

const PAGE_SIZE = 100
const MAX_REFETCHED = 1_000
/** Tickets enter the view `closing` as time passes, which the stream does not announce. */
const REFETCH_MS = 60_000

async function fetchPage(view: View, order: Order, cursor?: string): Promise<TicketList> {
  const { items, next } = await unwrap(
    listTickets({ query: { view, ...order, limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) } }),
  )
  return { items, next }
}

export function useTickets(view: View, order: Order | undefined, meId: string) {
  const cache = useQueryClient()
  const sorted = orderForView(view, order ?? DEFAULT_ORDER)
  const key = queryKeys.tickets(view, sorted)
  const loadingCursor = useRef<string>(undefined)

  const tickets = useQuery<TicketList>({
    queryKey: key,
    enabled: order !== undefined,
    refetchInterval: view === 'closing' ? REFETCH_MS : false,
    queryFn: () =>
      fetchWithChanges(
        async () => {
          const had = Math.min(MAX_REFETCHED, cache.getQueryData<TicketList>(key)?.items.length ?? 0)
          let list = await fetchPage(view, sorted)
          while (list.next && list.items.length < had) {
            list = appendNext(list, await fetchPage(view, sorted, list.next), sorted)
          }
          return list
        },
        (current, change) => applyToTicketList(current, change, view, sorted, meId),
      ),
  })

  const next = tickets.data?.next
  const loadMore = useCallback(async () => {
    if (!next || loadingCursor.current === next) return
    loadingCursor.current = next
    try {
      const page = await fetchWithChanges(
        () => fetchPage(view, sorted, next),
        (current, change) => applyToTicketList(current, change, view, sorted, meId),
      )
      cache.setQueryData<TicketList>(
        queryKeys.tickets(view, sorted),
        (current) => current && appendNext(current, page, sorted),
      )
    } catch {
      loadingCursor.current = undefined // scrolling on tries again
    }
  }, [cache, next, view, sorted, meId])

  return { tickets, loadMore }
}

/** The view `closing` is always sorted by window. */
export const orderForView = (view: View, order: Order): Order =>
  view === 'closing' ? { ...order, sort: 'window' } : order
