/** Passes each change of the stream on; buffers them while a page is being fetched. */

import type { Change } from '../contract'
import { renamed } from './renamed'

type Listener = (change: Change) => void

const listeners = new Set<Listener>()

export function publishChange(change: Change): void {
  for (const listener of listeners) listener(change)
}

/** Calls `listener` with every change from now on; call the result to stop. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Runs `fetch`, then applies every change that arrived meanwhile to its result. */
export async function fetchWithChanges<Data>(
  fetch: () => Promise<Data>,
  apply: (data: Data, change: Change) => Data,
): Promise<Data> {
  const buffer: Change[] = []
  const stop = onChange((change) => buffer.push(change))
  try {
    const fetched = await fetch()
    return buffer.reduce<Data>((data, change) => apply(renamed(data, change.directory), change), fetched)
  } finally {
    stop()
  }
}
