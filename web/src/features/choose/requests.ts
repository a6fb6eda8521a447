/** One page of a view's tickets, and all that were shown before. */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef } from 'react'
import { countTickets, listTickets } from '../../api'
import type { Counts, View } from '../../lib/contract'
import { keys } from '../../lib/keys'
import { heardWhile } from '../../lib/live/ear'
import { hearTickets, newestFirst, type TicketList, withNext } from '../../lib/merge'
import { answered } from '../../lib/problem'

const PAGE = 100
const MOST_READ_AGAIN = 1_000

async function page(view: View, cursor?: string): Promise<TicketList> {
  const { items, next } = await answered(
    listTickets({ query: { view, limit: PAGE, ...(cursor ? { cursor } : {}) } }),
  )
  return { items: [...items].sort(newestFirst), next }
}

export function useTickets(view: View, meId: string) {
  const cache = useQueryClient()
  const key = keys.tickets(view)
  const onTheWay = useRef<string>(undefined)

  const tickets = useQuery<TicketList>({
    queryKey: key,
    queryFn: () =>
      heardWhile(
        async () => {
          const wanted = Math.min(MOST_READ_AGAIN, cache.getQueryData<TicketList>(key)?.items.length ?? 0)
          let list = await page(view)
          while (list.next && list.items.length < wanted) list = withNext(list, await page(view, list.next))
          return list
        },
        (have, change) => hearTickets(have, change, view, meId),
      ),
  })

  const next = tickets.data?.next
  const more = useCallback(async () => {
    if (!next || onTheWay.current === next) return
    onTheWay.current = next
    try {
      const further = await heardWhile(
        () => page(view, next),
        (have, change) => hearTickets(have, change, view, meId),
      )
      cache.setQueryData<TicketList>(keys.tickets(view), (have) => have && withNext(have, further))
    } catch {
      onTheWay.current = undefined // scrolling on asks again
    }
  }, [cache, next, view, meId])

  return { tickets, more }
}

/** How many tickets each view has; nothing is shown until it is known. */
export const useCounts = (): Counts | undefined =>
  useQuery<Counts>({ queryKey: keys.counts, queryFn: () => answered(countTickets()) }).data
