/** Archives a variable: texts cannot name it any more. */

import { t } from '@lingui/core/macro'
import { archiveVariable } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { useAdminMutation } from './useAdminMutation'

export const useArchiveVariable = () =>
  useAdminMutation(
    ({ id }: { id: string; name: string }) => unwrap(archiveVariable({ path: { variable_id: id } })),
    ({ name }) => t`Variável $${name} arquivada.`,
  )
