/** The outbox of whoever is at the counter. */

import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { Outbox, type Outgoing } from './outbox'

export const OutboxContext = createContext<Outbox | null>(null)

export function useOutbox(): Outbox {
  const outbox = useContext(OutboxContext)
  if (!outbox) throw new Error('outside of the desk')
  return outbox
}

/** One outbox for `who`, sending while mounted. */
export function useOwnOutbox(who: string): Outbox {
  const [outbox] = useState(() => new Outbox(who))
  useEffect(() => outbox.open(), [outbox])
  return outbox
}

export function useWritten(): readonly Outgoing[] {
  const outbox = useOutbox()
  return useSyncExternalStore(outbox.subscribe, outbox.items)
}
