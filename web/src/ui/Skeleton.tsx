/** Loading placeholders; CSS shows them after 150 ms. */

import { t } from '@lingui/core/macro'

const WIDTHS = [220, 150, 260, 190, 240]

export function RailSkeleton() {
  return (
    <div className="skeleton rail-skeleton" role="status" aria-label={t`Carregando atendimentos`}>
      {WIDTHS.map((width) => (
        <div className="skeleton-block" key={width} />
      ))}
    </div>
  )
}

export function HeaderSkeleton() {
  return (
    <div className="skeleton header-skeleton" aria-hidden="true">
      <div className="skeleton-block" />
      <div className="skeleton-block" />
    </div>
  )
}

export function ThreadSkeleton() {
  return (
    <div className="skeleton thread-skeleton" role="status" aria-label={t`Carregando conversa`}>
      {WIDTHS.map((width, at) => (
        <div
          className={at === 2 || at === 3 ? 'skeleton-block is-out' : 'skeleton-block'}
          key={width}
          style={{ width }}
        />
      ))}
    </div>
  )
}

export function LinesSkeleton() {
  return (
    <div className="skeleton lines-skeleton" role="status" aria-label={t`Carregando`}>
      <div className="skeleton-block" />
      <div className="skeleton-block" />
    </div>
  )
}

export function ListSkeleton() {
  return (
    <div className="skeleton list-skeleton" role="status" aria-label={t`Carregando`}>
      {WIDTHS.map((width) => (
        <div className="skeleton-block" key={width} />
      ))}
    </div>
  )
}
