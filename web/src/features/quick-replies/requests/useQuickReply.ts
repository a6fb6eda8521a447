/** One quick reply, with its versions and who used it. */

import { useQuery } from '@tanstack/react-query'
import { getQuickReply } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { queryKeys } from '../../../lib/queryKeys'
import { minPosition } from '../../../lib/readYourWrites'

export const useQuickReply = (id: string) =>
  useQuery({
    queryKey: queryKeys.quickReply(id),
    queryFn: () =>
      unwrap(getQuickReply({ path: { quick_reply_id: id }, query: minPosition(queryKeys.quickReplies) })),
    staleTime: 0,
  })
