/** Changes the agent's password; the server ends their other sessions and opens a new one here. */

import { t } from '@lingui/core/macro'
import { useMutation } from '@tanstack/react-query'
import { toast } from 'sonner'
import { type ChangePassword, changePassword } from '../../../api'
import { unwrap } from '../../../lib/problem'

export const useChangePassword = () =>
  useMutation({
    mutationFn: (body: ChangePassword) => unwrap(changePassword({ body })),
    onSuccess: () => toast.success(t`Senha trocada. Você saiu dos outros aparelhos.`),
  })
