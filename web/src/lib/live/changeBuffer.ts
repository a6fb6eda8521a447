/** Buffers changes of the stream while a page is being fetched. */

import type { Change } from '../contract'

const openBuffers = new Set<Change[]>()

export function bufferChange(change: Change): void {
  for (const buffer of openBuffers) buffer.push(change)
}

/** Runs `fetch`, then applies every change that arrived meanwhile to its result. */
export async function fetchWithChanges<Data>(
  fetch: () => Promise<Data>,
  apply: (data: Data, change: Change) => Data,
): Promise<Data> {
  const buffer: Change[] = []
  openBuffers.add(buffer)
  try {
    const fetched = await fetch()
    return buffer.reduce(apply, fetched)
  } finally {
    openBuffers.delete(buffer)
  }
}
