/** The tickets that refused a bulk action, each with the reason. */

import { t } from '@lingui/core/macro'
import { Plural } from '@lingui/react/macro'
import { TriangleAlert, X } from 'lucide-react'
import { contactName } from '../../../lib/contactName'
import type { Refusal } from './requests/useBulkAction'

interface BulkRefusalsProps {
  refused: readonly Refusal[]
  onDismiss: () => void
}

export function BulkRefusals({ refused, onDismiss }: BulkRefusalsProps) {
  if (refused.length === 0) return null
  return (
    <div className="bulk-refused" role="alert">
      <p>
        <TriangleAlert className="i i-md" aria-hidden="true" />
        <b>
          <Plural value={refused.length} one="# não mudou:" other="# não mudaram:" />
        </b>
        <button type="button" className="icon-btn is-small" aria-label={t`Fechar`} onClick={onDismiss}>
          <X className="i i-sm" aria-hidden="true" />
        </button>
      </p>
      <ul>
        {refused.map(({ ticket, reason }) => (
          <li key={ticket.conversation_id}>
            <b dir="auto">{contactName(ticket.contact)}</b> {reason}
          </li>
        ))}
      </ul>
    </div>
  )
}
