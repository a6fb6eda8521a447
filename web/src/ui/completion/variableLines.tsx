/** The lines of the list that `$` opens. */

import { t } from '@lingui/core/macro'
import { foldText } from '../../lib/foldText'
import type { Completion } from './source'

interface Variable {
  name: string
  kind: 'fixed' | 'contact' | 'agent' | 'ticket'
  /** Null where there is none now; missing where no conversation gives values. */
  value?: string | null
}

const MAX_LINES = 50

/** The variables whose name has what was typed; those that begin with it first. `insert` says what a pick inserts. */
export function variableLines<One extends Variable>(
  variables: readonly One[],
  typed: string,
  insert: (variable: One) => Pick<Completion, 'text' | 'onInsert'>,
): Completion[] {
  const query = foldText(typed)
  const begins = ({ name }: One) => name.startsWith(query)
  const matching = variables.filter(({ name }) => name.includes(query))
  return [...matching.filter(begins), ...matching.filter((one) => !begins(one))]
    .slice(0, MAX_LINES)
    .map((variable) => ({
      id: variable.name,
      content: (
        <span className="var-row">
          <span>
            <span className="var">${variable.name}</span>
          </span>
          {variable.value === undefined ? (
            <span />
          ) : (
            <span className={variable.value ? 'var-value' : 'var-value is-missing'} dir="auto">
              {variable.value || t`sem valor nesta conversa`}
            </span>
          )}
          <span className="hint">{kindText(variable.kind)}</span>
        </span>
      ),
      ...insert(variable),
    }))
}

function kindText(kind: Variable['kind']): string {
  switch (kind) {
    case 'fixed':
      return t`da empresa`
    case 'contact':
      return t`do contato`
    case 'agent':
      return t`de quem escreve`
    case 'ticket':
      return t`do atendimento`
  }
}
