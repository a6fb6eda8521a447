/** The messages of a conversation: the newest page, then older ones on demand. */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { getMessages } from '../../../../api'
import type { Change } from '../../../../lib/contract'
import { fetchWithChanges } from '../../../../lib/live/changeBuffer'
import { useLiveState } from '../../../../lib/live/useLive'
import { applyToThread, prependOlder, type Thread } from '../../../../lib/merge'
import { unwrap } from '../../../../lib/problem'
import { queryKeys } from '../../../../lib/queryKeys'

const PAGE_SIZE = 50
const MAX_REFETCHED = 1_000
/** With more rows than this, fast scrolling drops frames. */
const MAX_LOADED = 20_000

async function fetchPage(id: string, before?: string): Promise<Thread> {
  const query = { limit: PAGE_SIZE, ...(before ? { before } : {}) }
  const { items, next } = await unwrap(getMessages({ path: { conversation_id: id }, query }))
  return { items, older: next }
}

export function useMessages(id: string) {
  const cache = useQueryClient()
  const apply = useCallback((current: Thread, change: Change) => applyToThread(current, change, id), [id])
  const loadingCursor = useRef<string>(undefined)
  const [failed, setFailed] = useState<unknown>(null)

  const thread = useQuery<Thread>({
    queryKey: queryKeys.messages(id),
    queryFn: () =>
      fetchWithChanges(async () => {
        const had = cache.getQueryData<Thread>(queryKeys.messages(id))?.items.length ?? 0
        let read = await fetchPage(id)
        while (read.older && read.items.length < Math.min(had, MAX_REFETCHED)) {
          read = prependOlder(read, await fetchPage(id, read.older))
        }
        return read
      }, apply),
  })

  const older = thread.data && thread.data.items.length < MAX_LOADED ? thread.data.older : null
  const loadOlder = useCallback(async () => {
    if (!older || loadingCursor.current === older) return
    loadingCursor.current = older
    setFailed(null)
    try {
      const page = await fetchWithChanges(() => fetchPage(id, older), apply)
      cache.setQueryData<Thread>(queryKeys.messages(id), (current) => current && prependOlder(current, page))
    } catch (problem) {
      loadingCursor.current = undefined
      setFailed(problem)
    }
  }, [cache, apply, id, older])

  const { lost } = useLiveState()
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again once, when the connection is back
  useEffect(() => {
    if (!lost && failed !== null) void loadOlder()
  }, [lost])

  return { thread, older, loadOlder, olderFailed: failed }
}
