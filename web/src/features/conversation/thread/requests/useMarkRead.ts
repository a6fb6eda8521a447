/** Marks messages as read, for this agent only. */

import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { putRead } from '../../../../api'
import type { Conversation } from '../../../../lib/contract'
import { queryKeys } from '../../../../lib/queryKeys'

/** Keeps the pointer in what was fetched, from which the thread draws its line when it is opened again. */
export const rememberRead = (cache: QueryClient, conversationId: string, messageId: string): void => {
  cache.setQueryData<Conversation>(
    queryKeys.conversation(conversationId),
    (kept) => kept && { ...kept, read_until: messageId },
  )
}

/** Moves the read pointer to `messageId` once the page is visible. */
export function useMarkRead(conversationId: string, messageId: string | null): void {
  const cache = useQueryClient()
  const reported = useRef<string | null>(null)
  useEffect(() => {
    if (!messageId) return
    const report = () => {
      if (document.visibilityState !== 'visible' || reported.current === messageId) return
      reported.current = messageId
      rememberRead(cache, conversationId, messageId)
      putRead({ path: { conversation_id: conversationId }, body: { message_id: messageId } }).catch(() => {
        reported.current = null // the next message reports it again
      })
    }
    report()
    document.addEventListener('visibilitychange', report)
    return () => document.removeEventListener('visibilitychange', report)
  }, [cache, conversationId, messageId])
}
