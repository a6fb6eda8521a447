/** The list that `$` opens in the text of a quick reply. */

import { t } from '@lingui/core/macro'
import { Braces } from 'lucide-react'
import { listVariables, type Variable } from '../../api'
import { unwrap } from '../../lib/problem'
import { queryKeys } from '../../lib/queryKeys'
import type { CompletionSource } from '../../ui/completion/source'
import { variableLines } from '../../ui/completion/variableLines'
import { findDollarWord } from '../../ui/completion/words'

export const variableSource = (): CompletionSource<readonly Variable[]> => ({
  id: 'variables',
  title: t`Variáveis`,
  icon: <Braces className="i i-sm" aria-hidden="true" />,
  find: findDollarWord,
  query: () => ({
    queryKey: queryKeys.adminVariables,
    queryFn: async () => (await unwrap(listVariables())).items,
    staleTime: 60_000,
  }),
  lines: (variables, typed) =>
    variableLines(
      variables.map(({ name, kind }) => ({ name, kind })),
      typed,
      ({ name }) => ({ text: `$${name}` }),
    ),
  empty: () => t`Nenhuma variável com este nome.`,
})
