/** The state of a suggestion in a word. */

import { Trans } from '@lingui/react/macro'
import type { Suggestion } from '../../api'

export function stateChip(state: Suggestion['state']) {
  switch (state) {
    case 'waiting':
      return (
        <span className="chip chip-brand">
          <Trans>em análise</Trans>
        </span>
      )
    case 'approved':
      return (
        <span className="chip chip-ok">
          <Trans>aprovada</Trans>
        </span>
      )
    case 'rejected':
      return (
        <span className="chip chip-danger">
          <Trans>recusada</Trans>
        </span>
      )
    case 'withdrawn':
      return (
        <span className="chip">
          <Trans>retirada</Trans>
        </span>
      )
  }
}
