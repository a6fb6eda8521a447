/** One page of a view's tickets, all that were shown before, and in which order one wants them. */

import { t } from '@lingui/core/macro'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef } from 'react'
import { toast } from 'sonner'
import {
  countTickets,
  getPreferences,
  getPresence,
  listTickets,
  putPreferences,
  switchPresence,
} from '../../../api'
import type { Counts, View } from '../../../lib/contract'
import { heardWhile } from '../../../lib/live/changeBuffer'
import { hearTickets, type TicketList, withNext } from '../../../lib/merge'
import { NEWEST, type Order } from '../../../lib/order'
import { answered, wordsFor } from '../../../lib/problem'
import { keys } from '../../../lib/queryKeys'

const PAGE = 100
const MOST_READ_AGAIN = 1_000
/** Tickets come into this view by the clock alone, which the stream does not tell. */
const READ_AGAIN_MS = 60_000

async function page(view: View, order: Order, cursor?: string): Promise<TicketList> {
  const { items, next } = await answered(
    listTickets({ query: { view, ...order, limit: PAGE, ...(cursor ? { cursor } : {}) } }),
  )
  return { items, next }
}

export function useTickets(view: View, order: Order | undefined, meId: string) {
  const cache = useQueryClient()
  const wanted = orderIn(view, order ?? NEWEST)
  const key = keys.tickets(view, wanted)
  const onTheWay = useRef<string>(undefined)

  const tickets = useQuery<TicketList>({
    queryKey: key,
    enabled: order !== undefined,
    refetchInterval: view === 'closing' ? READ_AGAIN_MS : false,
    queryFn: () =>
      heardWhile(
        async () => {
          const had = Math.min(MOST_READ_AGAIN, cache.getQueryData<TicketList>(key)?.items.length ?? 0)
          let list = await page(view, wanted)
          while (list.next && list.items.length < had) {
            list = withNext(list, await page(view, wanted, list.next), wanted)
          }
          return list
        },
        (have, change) => hearTickets(have, change, view, wanted, meId),
      ),
  })

  const next = tickets.data?.next
  const more = useCallback(async () => {
    if (!next || onTheWay.current === next) return
    onTheWay.current = next
    try {
      const further = await heardWhile(
        () => page(view, wanted, next),
        (have, change) => hearTickets(have, change, view, wanted, meId),
      )
      cache.setQueryData<TicketList>(
        keys.tickets(view, wanted),
        (have) => have && withNext(have, further, wanted),
      )
    } catch {
      onTheWay.current = undefined // scrolling on asks again
    }
  }, [cache, next, view, wanted, meId])

  return { tickets, more }
}

/** Where all that matters is the window, it alone sorts. */
export const orderIn = (view: View, order: Order): Order =>
  view === 'closing' ? { ...order, sort: 'window' } : order

/** How many tickets each view has; nothing is shown until it is known. */
export const useCounts = (): Counts | undefined =>
  useQuery<Counts>({ queryKey: keys.counts, queryFn: () => answered(countTickets()) }).data

export const orderQuery = queryOptions<Order>({
  queryKey: keys.preferences,
  queryFn: () => answered(getPreferences()),
})

/** The order that one chose once, on any machine; unknown while it is on its way. */
export function useOrder(): Order | undefined {
  const { data, isError } = useQuery(orderQuery)
  return data ?? (isError ? NEWEST : undefined)
}

/** Sorted at once; where the server could not keep it, it says so and goes back. */
export function useChooseOrder() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (order: Order) => answered(putPreferences({ body: order })),
    onMutate: (order) => {
      const before = cache.getQueryData<Order>(keys.preferences)
      cache.setQueryData(keys.preferences, order)
      return before
    },
    onError: (problem, _, before) => {
      cache.setQueryData(keys.preferences, before ?? NEWEST)
      toast.error(t`A ordem não foi guardada: ${wordsFor(problem)}.`)
    },
  })
}

/** Whether one takes tickets from the rule of assignment; nothing is shown until it is known. */
export const useAvailable = (): boolean | undefined =>
  useQuery({
    queryKey: keys.available,
    queryFn: async () => (await answered(getPresence())).available,
  }).data

export function useSwitchAvailable() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (available: boolean) => answered(switchPresence({ body: { available } })),
    onSuccess: ({ available }) => {
      cache.setQueryData(keys.available, available)
      toast.success(available ? t`Você está disponível.` : t`Você está ausente: nada novo chega sozinho.`)
    },
    onError: (problem) => toast.error(t`Não deu certo: ${wordsFor(problem)}.`),
  })
}
