/** The colleagues who look at a conversation. */

import { useQuery } from '@tanstack/react-query'
import type { LiveViewers } from '../../lib/live/applyChange'
import { queryKeys } from '../../lib/queryKeys'
import { useNow } from '../../lib/time'

/** A viewer not heard of for so long has left; the server forgets after ten seconds, `useNow` adds up to fifteen. */
const EXPIRES_MS = 15_000

/** The stream writes them into the cache. */
export function useViewers(conversationId: string, meId: string): LiveViewers['viewers'] {
  const now = useNow()
  const { data } = useQuery<LiveViewers>({ queryKey: queryKeys.presence(conversationId), enabled: false })
  if (!data || now - data.receivedAt > EXPIRES_MS) return []
  return data.viewers.filter(({ id }) => id !== meId)
}
