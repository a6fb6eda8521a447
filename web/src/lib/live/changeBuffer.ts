/** Holds what the stream says while a page is on its way. */

import type { Change } from '../contract'

const open = new Set<Change[]>()

export function tellEars(change: Change): void {
  for (const heard of open) heard.push(change)
}

/** What `work` brought, with every change that was heard while it ran folded over it. */
export async function heardWhile<Held>(
  work: () => Promise<Held>,
  hear: (have: Held, change: Change) => Held,
): Promise<Held> {
  const heard: Change[] = []
  open.add(heard)
  try {
    const held = await work()
    return heard.reduce(hear, held)
  } finally {
    open.delete(heard)
  }
}
