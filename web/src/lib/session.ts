/** The session of this browser. Its cookie cannot be read here, so what is known of it is kept beside it. */

import { client } from '../api/client.gen'
import { toProblem } from './problem'
import { readStored, writeStored } from './storage'

const OPEN_KEY = 'balcao.session'

/** Whether somebody logged in and has not logged out since; the session may have ended by itself. */
export const hasOpenSession = (): boolean => readStored<string>(OPEN_KEY) !== null

let agentId: string | null = null

/** Keeps whose session it is; null after a logout. Requests name that person from now on. */
export function setOpenSession(userId: string | null): void {
  agentId = userId
  writeStored(OPEN_KEY, userId)
}

/** Lets each request say for whom it is meant: the cookie may be another person's by now. */
export function nameAgent(): void {
  client.interceptors.request.use((request) => {
    if (agentId !== null) request.headers.set('Balcao-Agent', agentId)
    return request
  })
}

/** Calls `left` when `userId` logs out in another tab, or somebody else logs in; call the result to stop. */
export function onSessionElsewhere(userId: string, left: (isOpen: boolean) => void): () => void {
  const listener = ({ key, newValue }: StorageEvent) => {
    if (key === OPEN_KEY && newValue !== JSON.stringify(userId)) left(newValue !== null)
  }
  addEventListener('storage', listener)
  return () => removeEventListener('storage', listener)
}

/** Calls `signOut` whenever a response, whoever asked, says that there is no session; `startOver` for another's. */
export function watchSession(signOut: () => void, startOver: () => void): void {
  client.interceptors.error.use((error, response) => {
    const { code } = toProblem(response?.status ?? 0, error)
    if (code === 'unauthenticated') signOut()
    if (code === 'other_agent') startOver()
    return error
  })
}
