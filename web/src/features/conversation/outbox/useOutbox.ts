/** The outbox of the logged-in agent. */

import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { Outbox, type OutgoingMessage } from './outbox'

export const OutboxContext = createContext<Outbox | null>(null)

export function useOutbox(): Outbox {
  const outbox = useContext(OutboxContext)
  if (!outbox) throw new Error('outside of the desk')
  return outbox
}

/** The outbox of `userId`, which sends while mounted. */
export function useRunningOutbox(userId: string): Outbox {
  const [outbox] = useState(() => new Outbox(userId))
  useEffect(() => outbox.start(), [outbox])
  return outbox
}

export function useOutgoingMessages(): readonly OutgoingMessage[] {
  const outbox = useOutbox()
  return useSyncExternalStore(outbox.subscribe, outbox.items)
}
