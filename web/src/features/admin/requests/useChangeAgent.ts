/** Changes an agent. */

import { t } from '@lingui/core/macro'
import { type ChangeAgent, changeAgent } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { useAdminMutation } from './useAdminMutation'

export const useChangeAgent = () =>
  useAdminMutation(
    ({ id, body }: { id: string; name: string; body: ChangeAgent }) =>
      unwrap(changeAgent({ path: { agent_id: id }, body })),
    ({ name }) => t`${name}: salvo. Vale em segundos.`,
  )
