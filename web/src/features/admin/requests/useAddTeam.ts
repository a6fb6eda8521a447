/** Adds a team. */

import { t } from '@lingui/core/macro'
import { addTeam } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { randomUuid } from '../../../lib/randomUuid'
import { useAdminMutation } from './useAdminMutation'

export const useAddTeam = () =>
  useAdminMutation(
    (name: string) => unwrap(addTeam({ body: { name }, headers: { 'Idempotency-Key': randomUuid() } })),
    (name) => t`Equipe ${name} criada.`,
  )
