/** Read your own writes: after a change, reads of the same key wait until the server's read models include it. */

import type { QueryClient } from '@tanstack/react-query'

type Key = readonly string[]

const writtenPositions = new Map<string, string>()

/** The query parameters for reading `key`. */
export function minPosition(key: Key): { min_position?: string } {
  const position = writtenPositions.get(key.join('/'))
  return position ? { min_position: position } : {}
}

/**
 * Refetches `key`, at `position` or later. A running fetch is cancelled, and later ones wait for that position
 * too, so that neither overwrites the change with an older state.
 */
export function refetchFrom(cache: QueryClient, key: Key, position?: string): Promise<void> {
  if (position) writtenPositions.set(key.join('/'), position)
  return cache.invalidateQueries({ queryKey: key })
}
