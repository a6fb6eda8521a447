/** The tickets of a view: avatars beside the conversation, rows where there is one pane. */

import { Trans, useLingui } from '@lingui/react/macro'
import { RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Ticket, View } from '../../lib/contract'
import { problemText } from '../../lib/problem'
import { RailSkeleton } from '../../ui/Skeleton'
import { RailList } from './RailList'
import { useOrder } from './requests/useOrder'
import { useTickets } from './requests/useTickets'
import { SortMenu } from './SortMenu'
import type { Selection } from './useSelection'
import { viewInfo } from './views'

interface RailProps {
  view: View
  meId: string
  selected: string | undefined
  /** The link to a ticket; the app knows the paths. */
  ticketLink: (conversationId: string) => { to: string; params: Record<string, string> }
  selection: Selection
  /** Shown above the list while several tickets are selected. */
  bulkBar: (tickets: readonly Ticket[], all: () => void) => ReactNode
}

/** The limit of one bulk request. */
const MAX_SELECTED = 100

export function Rail({ view, meId, selected, ticketLink, selection, bulkBar }: RailProps) {
  const { i18n } = useLingui()
  const { tickets, loadMore } = useTickets(view, useOrder(), meId)
  const info = viewInfo(view)
  const items = tickets.data?.items ?? []
  const selectedTickets = selection.active ? items.filter(selection.isSelected) : []

  return (
    <nav
      className="rail"
      aria-label={i18n._(info.listName)}
      data-view={view}
      data-choosing={selection.active}
    >
      {selection.active && bulkBar(selectedTickets, () => selection.replace(items.slice(0, MAX_SELECTED)))}
      <SortMenu onStartSelection={view === 'closed' || items.length === 0 ? undefined : selection.start} />
      {tickets.isPending && <RailSkeleton />}
      {tickets.isError && !tickets.data && (
        <div className="rail-note" role="alert">
          <p>
            <Trans>A lista não veio: {problemText(tickets.error)}.</Trans>
          </p>
          <button type="button" className="btn btn-sm" onClick={() => void tickets.refetch()}>
            <RotateCw className="i i-sm" aria-hidden="true" />
            <Trans>Tentar</Trans>
          </button>
        </div>
      )}
      {tickets.data?.items.length === 0 && (
        <p className="rail-note">
          <Trans>Ninguém aqui</Trans>
        </p>
      )}
      {tickets.data && tickets.data.items.length > 0 && (
        <RailList
          items={items}
          loadMore={loadMore}
          selected={selected}
          ticketLink={ticketLink}
          selection={view === 'closed' ? undefined : selection}
        />
      )}
    </nav>
  )
}
