/** Tells colleagues that one is here, and whether one is writing; and hears the same of them. */

import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { putViewing } from '../../api'
import type { Seen } from '../../lib/live/applyChange'
import { keys } from '../../lib/queryKeys'
import { useNow } from '../../lib/time'

/** The server forgets after ten seconds. */
const AGAIN_MS = 5_000
const STILL_TYPING_MS = 4_000
/** Who is not heard of has left; our clock is good to fifteen seconds. */
const FORGOTTEN_MS = 15_000

/** While `here` and in sight, one is seen here; what it returns is called with every letter. */
export function useViewing(conversationId: string, here: boolean): () => void {
  const typedAt = useRef(0)
  const toldTyping = useRef(false)

  const tell = useCallback(() => {
    if (document.visibilityState !== 'visible') return
    const typing = Date.now() - typedAt.current < STILL_TYPING_MS
    toldTyping.current = typing
    // Nobody waits for it, and the next one comes soon.
    void putViewing({ path: { conversation_id: conversationId }, body: { typing } }).catch(() => {})
  }, [conversationId])

  useEffect(() => {
    if (!here) return
    tell()
    const timer = setInterval(tell, AGAIN_MS)
    document.addEventListener('visibilitychange', tell)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', tell)
    }
  }, [tell, here])

  return useCallback(() => {
    typedAt.current = Date.now()
    if (!toldTyping.current) tell()
  }, [tell])
}

/** The colleagues who are here, as last heard. */
export function useViewers(conversationId: string, meId: string): Seen['viewers'] {
  const now = useNow()
  const { data } = useQuery<Seen>({ queryKey: keys.presence(conversationId), enabled: false })
  if (!data || now - data.heardAt > FORGOTTEN_MS) return []
  return data.viewers.filter(({ id }) => id !== meId)
}
