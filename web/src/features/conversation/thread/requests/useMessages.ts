/** The messages of a conversation: its end, then further back page by page. */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef, useState } from 'react'
import { getMessages } from '../../../../api'
import type { Change } from '../../../../lib/contract'
import { heardWhile } from '../../../../lib/live/changeBuffer'
import { hearMessages, type Thread, withOlder } from '../../../../lib/merge'
import { answered } from '../../../../lib/problem'
import { keys } from '../../../../lib/queryKeys'

const PAGE = 50
const MOST_READ_AGAIN = 1_000
/** Past this many rows a flung thread drops frames. */
const MOST_HELD = 20_000

async function page(id: string, before?: string): Promise<Thread> {
  const query = { limit: PAGE, ...(before ? { before } : {}) }
  const { items, next } = await answered(getMessages({ path: { conversation_id: id }, query }))
  return { items, older: next }
}

export function useMessages(id: string) {
  const cache = useQueryClient()
  const hear = useCallback((have: Thread, change: Change) => hearMessages(have, change, id), [id])
  const onTheWay = useRef<string>(undefined)
  const [failed, setFailed] = useState<unknown>(null)

  const thread = useQuery<Thread>({
    queryKey: keys.messages(id),
    queryFn: () =>
      heardWhile(async () => {
        const had = cache.getQueryData<Thread>(keys.messages(id))?.items.length ?? 0
        let read = await page(id)
        while (read.older && read.items.length < Math.min(had, MOST_READ_AGAIN)) {
          read = withOlder(read, await page(id, read.older))
        }
        return read
      }, hear),
  })

  const older = thread.data && thread.data.items.length < MOST_HELD ? thread.data.older : null
  const readOlder = useCallback(async () => {
    if (!older || onTheWay.current === older) return
    onTheWay.current = older
    setFailed(null)
    try {
      const further = await heardWhile(() => page(id, older), hear)
      cache.setQueryData<Thread>(keys.messages(id), (have) => have && withOlder(have, further))
    } catch (problem) {
      onTheWay.current = undefined
      setFailed(problem)
    }
  }, [cache, hear, id, older])

  return { thread, older, readOlder, olderFailed: failed }
}
