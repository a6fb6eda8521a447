/** The administration: teams, agents, channels, variables. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Link, useParams } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { Agents } from '../features/admin/Agents'
import { Channels } from '../features/admin/Channels'
import { Teams } from '../features/admin/Teams'
import { Variables } from '../features/admin/Variables'
import { useMe } from '../lib/useMe'
import { EmptyState } from '../ui/EmptyState'
import { paths } from './paths'

export default function AdminPage() {
  const me = useMe()
  const { section = 'equipes' } = useParams({ strict: false })
  const sections = [
    { section: 'equipes', name: t`Equipes`, page: <Teams /> },
    { section: 'pessoas', name: t`Pessoas`, page: <Agents meId={me.id} /> },
    { section: 'canais', name: t`Canais`, page: <Channels /> },
    { section: 'variaveis', name: t`Variáveis`, page: <Variables /> },
  ]
  useEffect(() => {
    document.title = 'Administração · Balcão'
  }, [])
  const tabs = useRef<HTMLElement>(null)
  // On a phone the tabs scroll.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another section is another current tab
  useEffect(() => {
    tabs.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [section])

  if (me.role !== 'admin') {
    return (
      <main className="sheet is-admin">
        <EmptyState title={<Trans>Só para a administração</Trans>}>
          <Trans>Peça a quem administra o balcão da sua empresa.</Trans>
        </EmptyState>
      </main>
    )
  }
  return (
    <main className="sheet is-admin">
      <header className="ticket-head">
        <h1>
          <Trans>Administração</Trans>
        </h1>
        <nav ref={tabs} className="tabs" aria-label={t`Seções`}>
          {sections.map((one) => (
            <Link
              key={one.section}
              to={paths.admin}
              params={{ section: one.section }}
              className="tab"
              aria-current={one.section === section ? 'page' : undefined}
            >
              {one.name}
            </Link>
          ))}
        </nav>
      </header>
      <div className="admin">{sections.find((one) => one.section === section)?.page ?? <Teams />}</div>
    </main>
  )
}
