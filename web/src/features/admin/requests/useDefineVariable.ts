/** Defines a variable. */

import { t } from '@lingui/core/macro'
import { type DefineVariable, defineVariable } from '../../../api'
import { unwrap } from '../../../lib/problem'
import { randomUuid } from '../../../lib/randomUuid'
import { useAdminMutation } from './useAdminMutation'

export const useDefineVariable = () =>
  useAdminMutation(
    (body: DefineVariable) => unwrap(defineVariable({ body, headers: { 'Idempotency-Key': randomUuid() } })),
    ({ name }) => t`Variável $${name} criada.`,
  )
