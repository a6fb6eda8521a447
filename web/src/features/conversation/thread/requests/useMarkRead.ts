/** How far one has read, for oneself alone. */

import { useEffect, useRef } from 'react'
import { putRead } from '../../../../api'

/** Moves the pointer to `messageId` once it has been in sight of somebody. */
export function useReadTo(conversationId: string, messageId: string | null): void {
  const told = useRef<string | null>(null)
  useEffect(() => {
    if (!messageId) return
    const tell = () => {
      if (document.visibilityState !== 'visible' || told.current === messageId) return
      told.current = messageId
      putRead({ path: { conversation_id: conversationId }, body: { message_id: messageId } }).catch(() => {
        told.current = null // the next message tells it again
      })
    }
    tell()
    document.addEventListener('visibilitychange', tell)
    return () => document.removeEventListener('visibilitychange', tell)
  }, [conversationId, messageId])
}
