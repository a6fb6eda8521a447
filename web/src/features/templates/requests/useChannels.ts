/** The channels that a message can go out from. */

import { useQuery } from '@tanstack/react-query'
import { listChannels } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'

export const useChannels = (enabled: boolean) =>
  useQuery({
    queryKey: queryKeys.channels,
    queryFn: async () => (await unwrap(listChannels())).items,
    enabled,
  })
