/** Changes what a variable is taken from. */

import { t } from '@lingui/core/macro'
import { changeVariable, type VariableSource } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { useAdminMutation } from './useAdminMutation'

export const useChangeVariable = () =>
  useAdminMutation(
    ({ id, body }: { id: string; name: string; body: VariableSource }) =>
      unwrap(changeVariable({ path: { variable_id: id }, body })),
    ({ name }) => t`Variável $${name} salva.`,
  )
