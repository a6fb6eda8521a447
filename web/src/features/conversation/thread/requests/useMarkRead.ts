/** Marks messages as read, for this agent only. */

import { useEffect, useRef } from 'react'
import { putRead } from '../../../../api'

/** Moves the read pointer to `messageId` once the page is visible. */
export function useMarkRead(conversationId: string, messageId: string | null): void {
  const reported = useRef<string | null>(null)
  useEffect(() => {
    if (!messageId) return
    const report = () => {
      if (document.visibilityState !== 'visible' || reported.current === messageId) return
      reported.current = messageId
      putRead({ path: { conversation_id: conversationId }, body: { message_id: messageId } }).catch(() => {
        reported.current = null // the next message reports it again
      })
    }
    report()
    document.addEventListener('visibilitychange', report)
    return () => document.removeEventListener('visibilitychange', report)
  }, [conversationId, messageId])
}
