/** The scheduled messages of a conversation. */

import { useQuery } from '@tanstack/react-query'
import { listScheduled, type ScheduledMessage } from '../../../../api'
import { unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'
import { minPosition } from '../../../../lib/readYourWrites'

const fetchScheduled = async (id: string): Promise<readonly ScheduledMessage[]> => {
  const query = minPosition(queryKeys.scheduled(id))
  return (await unwrap(listScheduled({ path: { conversation_id: id }, query }))).items
}

export const useScheduledMessages = (conversationId: string) =>
  useQuery({ queryKey: queryKeys.scheduled(conversationId), queryFn: () => fetchScheduled(conversationId) })
