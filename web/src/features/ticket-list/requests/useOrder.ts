/** The agent's sort order of tickets, stored on the server. */

import { queryOptions, useQuery } from '@tanstack/react-query'
import { getPreferences } from '../../../api'
import { DEFAULT_ORDER, type Order } from '../../../lib/order'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

const orderQuery = queryOptions<Order>({
  queryKey: queryKeys.preferences,
  queryFn: () => unwrap(getPreferences()),
})

/** Undefined while it is loading; the default when it cannot be loaded. */
export function useOrder(): Order | undefined {
  const { data, isError } = useQuery(orderQuery)
  return data ?? (isError ? DEFAULT_ORDER : undefined)
}
