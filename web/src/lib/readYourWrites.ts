/** What was written here is read back: later reads of the same wait until the server's lists have come so far. */

import type { QueryClient } from '@tanstack/react-query'

type Key = readonly string[]

const written = new Map<string, string>()

/** The query that a read of `key` is asked with. */
export function afterOwn(key: Key): { min_position?: string } {
  const position = written.get(key.join('/'))
  return position ? { min_position: position } : {}
}

/**
 * Reads `key` again, at `position` or later. A read that is under way is given up, and whoever asks meanwhile
 * waits for that position too: neither may lay what was before over what was written.
 */
export function readBack(cache: QueryClient, key: Key, position?: string): Promise<void> {
  if (position) written.set(key.join('/'), position)
  return cache.invalidateQueries({ queryKey: key })
}
