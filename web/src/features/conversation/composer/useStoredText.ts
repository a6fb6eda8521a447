/** A text that survives a reload, in this browser only. */

import { useCallback, useState } from 'react'
import { readStored, writeStored } from '../../../lib/storage'

export function useStoredText(key: string): [string, (text: string) => void] {
  const [text, set] = useState(() => readStored<string>(key) ?? '')
  const keep = useCallback(
    (next: string) => {
      set(next)
      writeStored(key, next || null)
    },
    [key],
  )
  return [text, keep]
}
