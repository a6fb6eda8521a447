/** Renames a team. */

import { t } from '@lingui/core/macro'
import { renameTeam } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { useAdminMutation } from './useAdminMutation'

export const useRenameTeam = () =>
  useAdminMutation(
    ({ id, name }: { id: string; name: string }) =>
      unwrap(renameTeam({ path: { team_id: id }, body: { name } })),
    ({ name }) => t`A equipe agora se chama ${name}.`,
  )
