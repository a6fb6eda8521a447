/** Opening and closing a session. */

import { logIn, logOut, sessionOptions } from '../../../api'
import { answered } from '../../../lib/problem'

export const openSession = (email: string, password: string) => answered(logIn({ body: { email, password } }))

export const closeSession = () => answered(logOut())

/** Who may try it, when the server is a demonstration; a server that says nothing is none. */
export async function demoAccounts(): Promise<string[]> {
  try {
    const options = await answered(sessionOptions())
    return options.demo ? options.accounts : []
  } catch {
    return []
  }
}
