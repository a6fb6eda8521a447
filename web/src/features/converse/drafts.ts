/** What stands in the field and is not sent, per person and conversation. */

import { useCallback, useState } from 'react'
import { store, stored } from '../../lib/stored'

export function useDraft(meId: string, conversationId: string): [string, (text: string) => void] {
  const key = `balcao.draft.${meId}.${conversationId}`
  const [text, set] = useState(() => stored<string>(key) ?? '')
  const keep = useCallback(
    (next: string) => {
      set(next)
      store(key, next || null)
    },
    [key],
  )
  return [text, keep]
}
