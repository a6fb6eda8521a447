/** A list of what one administers: on its way, failed, empty, or there. */

import { Trans } from '@lingui/react/macro'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failed } from '../../ui/EmptyState'
import { ListBones } from '../../ui/Skeleton'

interface ListedProps<Item> {
  label: string
  query: UseQueryResult<readonly Item[]>
  none: ReactNode
  children: (item: Item) => ReactNode
}

export function Listed<Item>({ label, query, none, children }: ListedProps<Item>) {
  if (query.isPending) return <ListBones />
  if (!query.data) {
    return (
      <Failed
        title={<Trans>A lista não veio</Trans>}
        problem={query.error}
        again={() => void query.refetch()}
      />
    )
  }
  if (query.data.length === 0) return <p className="hint">{none}</p>
  return (
    <ul className="owned" aria-label={label}>
      {query.data.map(children)}
    </ul>
  )
}
