/** Who is at the counter. */

import { queryOptions, useSuspenseQuery } from '@tanstack/react-query'
import { me } from '../api'
import type { Me } from './contract'
import { answered } from './problem'
import { keys } from './queryKeys'

export const meQuery = queryOptions<Me>({ queryKey: keys.me, queryFn: () => answered(me()) })

export const useMe = (): Me => useSuspenseQuery(meQuery).data
