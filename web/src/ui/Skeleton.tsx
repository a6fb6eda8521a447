/** Loading placeholders; CSS shows them after 150 ms. */

import { t } from '@lingui/core/macro'

const WIDTHS = [220, 150, 260, 190, 240]

export function RailSkeleton() {
  return (
    <div className="bones rail-bones" role="status" aria-label={t`Carregando atendimentos`}>
      {WIDTHS.map((width) => (
        <div className="bone" key={width} />
      ))}
    </div>
  )
}

export function HeaderSkeleton() {
  return (
    <div className="bones head-bones" aria-hidden="true">
      <div className="bone" />
      <div className="bone" />
    </div>
  )
}

export function ThreadSkeleton() {
  return (
    <div className="bones thread-bones" role="status" aria-label={t`Carregando conversa`}>
      {WIDTHS.map((width, at) => (
        <div className={at === 2 || at === 3 ? 'bone is-out' : 'bone'} key={width} style={{ width }} />
      ))}
    </div>
  )
}

export function LinesSkeleton() {
  return (
    <div className="bones line-bones" role="status" aria-label={t`Carregando`}>
      <div className="bone" />
      <div className="bone" />
    </div>
  )
}

export function ListSkeleton() {
  return (
    <div className="bones list-bones" role="status" aria-label={t`Carregando`}>
      {WIDTHS.map((width) => (
        <div className="bone" key={width} />
      ))}
    </div>
  )
}
