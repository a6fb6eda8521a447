/** Agents: roles, teams and limits. */

import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import type { Agent } from '../../api'
import { AgentAvatar } from '../../ui/AgentAvatar'
import { AdminList } from './AdminList'
import { AgentForm } from './AgentForm'
import { useAdminAgents } from './requests/useAdminAgents'
import { useChangeAgent } from './requests/useChangeAgent'
import { roles } from './roles'

export function Agents({ meId }: { meId: string }) {
  const { t } = useLingui()
  const agents = useAdminAgents()
  const change = useChangeAgent()
  const [edited, setEdited] = useState<Agent | null>(null)
  return (
    <>
      <p className="soft">
        <Trans>
          Analistas veem o que é deles e o que espera nas suas equipes e na fila geral; a supervisão, tudo das
          suas equipes; a administração, tudo. O limite vale só para o que o balcão distribui sozinho.
        </Trans>
      </p>
      <AdminList label={t`Pessoas`} query={agents} empty={<Trans>Ninguém ainda.</Trans>}>
        {(person) => <AgentRow key={person.id} agent={person} onEdit={() => setEdited(person)} />}
      </AdminList>
      {edited && (
        <AgentForm
          agent={edited}
          isMe={edited.id === meId}
          onClose={() => setEdited(null)}
          onSubmit={(body) => change.mutate({ id: edited.id, name: edited.name, body })}
        />
      )}
    </>
  )
}

function AgentRow({ agent, onEdit }: { agent: Agent; onEdit: () => void }) {
  const { t, i18n } = useLingui()
  const where = agent.teams?.map(({ name }) => name).join(', ')
  return (
    <li className="admin-row" data-inactive={!agent.active}>
      <AgentAvatar name={agent.name} />
      <span className="admin-text">
        <b>{agent.name}</b>
        <small>
          {agent.email && `${agent.email} · `}
          {i18n._(roles[agent.role])} · {where || t`sem equipe`} ·{' '}
          {agent.limit === null ? (
            t`sem limite`
          ) : (
            <Plural value={agent.limit} one="até # atendimento" other="até # atendimentos" />
          )}
        </small>
      </span>
      {!agent.active && <span className="chip">{t`Fora`}</span>}
      {agent.present && <span className="chip chip-ok">{t`Disponível`}</span>}
      <button type="button" className="btn" aria-label={t`Editar ${agent.name}`} onClick={onEdit}>
        <Pencil className="i i-md" aria-hidden="true" />
        <Trans>Editar</Trans>
      </button>
    </li>
  )
}
