/** Opens a session. */

import { useMutation } from '@tanstack/react-query'
import { type LogInWritable, logIn } from '../../../api'
import { unwrap } from '../../../lib/problem'

export const useLogIn = (onLogin: () => void) =>
  useMutation({
    mutationFn: (body: LogInWritable) => unwrap(logIn({ body })),
    onSuccess: onLogin,
  })
