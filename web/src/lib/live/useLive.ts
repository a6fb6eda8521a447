/** The live connection for components. */

import { useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, useRef, useState } from 'react'
import type { QuickReplyNews } from '../../api'
import { queryKeys } from '../queryKeys'
import { learnFromStream } from '../serverClock'
import { applyChange, applyPresence, refetchFailed, resync } from './applyChange'
import { type Connection, connect } from './connect'

export interface LiveState {
  /** Null while connected; milliseconds since 1970. */
  lost: { since: number; retryAt: number; superseded: boolean } | null
  retry: () => void
}

export const LiveContext = createContext<LiveState>({ lost: null, retry: () => {} })
export const useLiveState = (): LiveState => useContext(LiveContext)

/** Keeps the cache up to date for `meId` while mounted. `onQuickReply` hears what became of a suggestion. */
export function useLive(meId: string, onQuickReply: (news: QuickReplyNews) => void): LiveState {
  const cache = useQueryClient()
  const connection = useRef<Connection>(undefined)
  const latestOnQuickReply = useRef(onQuickReply)
  latestOnQuickReply.current = onQuickReply
  const [lost, setLost] = useState<LiveState['lost']>(null)

  useEffect(() => {
    connection.current = connect(meId, (event) => {
      switch (event.kind) {
        case 'change':
          return applyChange(cache, event.change, meId)
        case 'presence':
          return applyPresence(cache, event.presence)
        case 'quick_reply':
          return latestOnQuickReply.current(event.news)
        case 'alive':
          return learnFromStream(event.at)
        case 'resync':
          return resync(cache)
        case 'connected':
          setLost(null)
          return refetchFailed(cache)
        case 'lost':
          return setLost(event)
        case 'signed_out':
          return void cache.invalidateQueries({ queryKey: queryKeys.me })
      }
    })
    // The browser may have been offline for a moment that the stream outlived.
    const onOnline = () => refetchFailed(cache)
    addEventListener('online', onOnline)
    return () => {
      removeEventListener('online', onOnline)
      connection.current?.close()
    }
  }, [cache, meId])

  return useMemo(() => ({ lost, retry: () => connection.current?.retry() }), [lost])
}
