/** Opens a session. */

import { useMutation } from '@tanstack/react-query'
import { type LogInWritable, logIn } from '../../../api'
import type { Me } from '../../../lib/contract'
import { unwrap } from '../../../lib/problem'

export const useLogIn = (onLogin: (me: Me) => void) =>
  useMutation({
    mutationFn: (body: LogInWritable) => unwrap(logIn({ body })),
    onSuccess: (me) => onLogin(me),
  })
