/** A list with its loading, failed and empty states. */

import { Trans } from '@lingui/react/macro'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ErrorState } from '../../ui/EmptyState'
import { ListSkeleton } from '../../ui/Skeleton'

interface AdminListProps<Item> {
  label: string
  query: UseQueryResult<readonly Item[]>
  empty: ReactNode
  children: (item: Item) => ReactNode
}

export function AdminList<Item>({ label, query, empty, children }: AdminListProps<Item>) {
  if (query.isPending) return <ListSkeleton />
  if (!query.data) {
    return (
      <ErrorState
        title={<Trans>A lista não veio</Trans>}
        problem={query.error}
        onRetry={() => void query.refetch()}
      />
    )
  }
  if (query.data.length === 0) return <p className="hint">{empty}</p>
  return (
    <ul className="admin-list" aria-label={label}>
      {query.data.map(children)}
    </ul>
  )
}
