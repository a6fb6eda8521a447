/** The logged-in agent. */

import { queryOptions, useSuspenseQuery } from '@tanstack/react-query'
import { me } from '../api'
import type { Me } from './contract'
import { unwrap } from './problem'
import { queryKeys } from './queryKeys'

export const meQuery = queryOptions<Me>({ queryKey: queryKeys.me, queryFn: () => unwrap(me()) })

export const useMe = (): Me => useSuspenseQuery(meQuery).data
