/** Changes an agent's role, teams, limit, or whether they work here. */

import { Trans, useLingui } from '@lingui/react/macro'
import { type FormEvent, useState } from 'react'
import type { Agent, ChangeAgent } from '../../api'
import { Dialog, DialogFooter } from '../../ui/Dialog'
import { useAdminTeams } from './requests/useAdminTeams'
import { roles } from './roles'

const MAX_LIMIT = 1_000

interface AgentFormProps {
  agent: Agent
  /** Nobody changes their own role or deactivates themselves. */
  isMe: boolean
  onClose: () => void
  onSubmit: (body: ChangeAgent) => void
}

export function AgentForm({ agent, isMe, onClose, onSubmit }: AgentFormProps) {
  const { t, i18n } = useLingui()
  const teams = useAdminTeams()
  const initialTeamIds = agent.teams?.map(({ id }) => id) ?? []
  const [role, setRole] = useState(agent.role)
  const [limit, setLimit] = useState(agent.limit === null ? '' : String(agent.limit))
  const [teamIds, setTeamIds] = useState<readonly string[]>(initialTeamIds)
  const [active, setActive] = useState(agent.active)
  const parsedLimit = limit.trim() === '' ? null : Number(limit)
  const canSubmit =
    parsedLimit === null || (Number.isInteger(parsedLimit) && parsedLimit >= 0 && parsedLimit <= MAX_LIMIT)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!canSubmit) return
    const teamsChanged =
      teamIds.length !== initialTeamIds.length || teamIds.some((id) => !initialTeamIds.includes(id))
    onSubmit({
      ...(role !== agent.role && { role }),
      ...(parsedLimit !== agent.limit && { limit: parsedLimit }),
      ...(teamsChanged && { team_ids: [...teamIds] }),
      ...(active !== agent.active && { active }),
    })
    onClose()
  }
  return (
    <Dialog title={agent.name} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <div className="field">
            <label htmlFor="person-role">
              <Trans>Perfil</Trans>
            </label>
            <select
              id="person-role"
              className="input"
              disabled={isMe}
              value={role}
              onChange={(event) => setRole(event.target.value as Agent['role'])}
            >
              {(Object.keys(roles) as Agent['role'][]).map((one) => (
                <option key={one} value={one}>
                  {i18n._(roles[one])}
                </option>
              ))}
            </select>
          </div>
          <div className="field">
            <label htmlFor="person-limit">
              <Trans>Limite de atendimentos</Trans>
              <span className="hint">
                <Trans>vazio: sem limite</Trans>
              </span>
            </label>
            <input
              id="person-limit"
              className="input"
              type="number"
              inputMode="numeric"
              min={0}
              max={MAX_LIMIT}
              value={limit}
              onChange={(event) => setLimit(event.target.value)}
            />
          </div>
          <fieldset className="options">
            <legend className="label">{t`Equipes`}</legend>
            {teams.data?.length === 0 && <p className="hint">{t`Ainda não há equipes.`}</p>}
            {teams.data?.map(({ id, name }) => (
              <label className="opt" key={id}>
                <input
                  type="checkbox"
                  checked={teamIds.includes(id)}
                  onChange={({ target }) =>
                    setTeamIds(target.checked ? [...teamIds, id] : teamIds.filter((one) => one !== id))
                  }
                />
                <span>{name}</span>
              </label>
            ))}
          </fieldset>
          <label className="opt">
            <input
              type="checkbox"
              disabled={isMe}
              checked={active}
              onChange={(event) => setActive(event.target.checked)}
            />
            <span>
              <Trans>Trabalha aqui: pode entrar e receber atendimentos</Trans>
            </span>
          </label>
        </div>
        <DialogFooter onClose={onClose} canSubmit={canSubmit}>
          <Trans>Salvar</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
