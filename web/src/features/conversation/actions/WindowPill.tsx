/** How long the 24-hour window stays open. */

import { Trans } from '@lingui/react/macro'
import type { CSSProperties } from 'react'
import type { Ticket } from '../../../lib/contract'
import { formatDuration, useNow } from '../../../lib/time'
import { windowAt } from '../../../lib/window'
import { RING_PATH } from '../../../ui/ringPath'

export function WindowPill({ ticket }: { ticket: Ticket }) {
  const now = useNow()
  const window = windowAt(ticket.window_ends_at, now)
  const left = formatDuration(window.leftMs)
  return (
    <span
      className="window-pill"
      data-window={window.state}
      style={{ '--left': window.left } as CSSProperties}
    >
      <svg viewBox="-4 -4 58 58" aria-hidden="true">
        <path className="track" pathLength={100} d={RING_PATH} />
        <path className="left" pathLength={100} d={RING_PATH} />
      </svg>
      {window.state === 'closed' ? (
        <Trans>Janela fechada</Trans>
      ) : (
        <span>
          <span className="wide">
            <Trans>Janela aberta por</Trans>{' '}
          </span>
          {left}
        </span>
      )}
    </span>
  )
}
