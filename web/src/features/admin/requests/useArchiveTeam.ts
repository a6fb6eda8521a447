/** Archives a team: it gets no more tickets. */

import { t } from '@lingui/core/macro'
import { archiveTeam } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { useAdminMutation } from './useAdminMutation'

export const useArchiveTeam = () =>
  useAdminMutation(
    ({ id }: { id: string; name: string }) => unwrap(archiveTeam({ path: { team_id: id } })),
    ({ name }) => t`Equipe ${name} arquivada: ela não recebe mais atendimentos.`,
  )
