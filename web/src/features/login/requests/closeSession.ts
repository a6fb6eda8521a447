/** Closes the session. */

import { logOut } from '../../../api'
import { unwrap } from '../../../lib/problem'

export const closeSession = () => unwrap(logOut())
