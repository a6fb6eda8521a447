/** The session of this browser. Its cookie cannot be read here, so what is known of it is kept beside it. */

import { client } from '../api/client.gen'
import { toProblem } from './problem'
import { readStored, writeStored } from './storage'

const OPEN_KEY = 'balcao.session'

/** Whether a session was opened and nobody has logged out since; it may have ended by itself. */
export const hasOpenSession = (): boolean => readStored<boolean>(OPEN_KEY) === true

export const setOpenSession = (isOpen: boolean): void => writeStored(OPEN_KEY, isOpen || null)

/** Calls `left` when another tab logs out; call the result to stop. */
export function onLogOutElsewhere(left: () => void): () => void {
  const listener = (event: StorageEvent) => {
    if (event.key === OPEN_KEY && event.newValue === null) left()
  }
  addEventListener('storage', listener)
  return () => removeEventListener('storage', listener)
}

/** Calls `signOut` whenever a response, whoever asked, says that there is no session. */
export function watchSession(signOut: () => void): void {
  client.interceptors.error.use((error, response) => {
    if (toProblem(response?.status ?? 0, error).code === 'unauthenticated') signOut()
    return error
  })
}
