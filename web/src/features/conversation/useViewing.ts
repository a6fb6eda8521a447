/** Tells colleagues that this agent looks at a conversation, and whether they are typing. */

import { useCallback, useEffect, useRef } from 'react'
import { putViewing } from '../../api'

/** The server forgets a report after ten seconds. */
const REPORT_MS = 5_000
const TYPING_MS = 4_000

/** Reports while `enabled` and the page is visible; call the result on every keystroke. */
export function useViewing(conversationId: string, enabled: boolean): () => void {
  const typedAt = useRef(0)
  const reportedTyping = useRef(false)

  const report = useCallback(() => {
    if (document.visibilityState !== 'visible') return
    const typing = Date.now() - typedAt.current < TYPING_MS
    reportedTyping.current = typing
    // A lost report does not matter: the next one follows soon.
    void putViewing({ path: { conversation_id: conversationId }, body: { typing } }).catch(() => {})
  }, [conversationId])

  useEffect(() => {
    if (!enabled) return
    report()
    const timer = setInterval(report, REPORT_MS)
    document.addEventListener('visibilitychange', report)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', report)
    }
  }, [report, enabled])

  return useCallback(() => {
    typedAt.current = Date.now()
    if (!reportedTyping.current) report()
  }, [report])
}
