/** People: what they may do, where they work, how much they take. */

import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'
import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Pencil } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Agent, ChangeAgent } from '../../api'
import { Face } from '../../ui/AgentAvatar'
import { Foot, Raised } from '../../ui/Dialog'
import { Listed } from './AdminList'
import { useChangeAgent, usePeople, useTeams } from './requests/useAdminMutation'

const roles: Record<Agent['role'], MessageDescriptor> = {
  agent: msg`Analista`,
  supervisor: msg`Supervisão`,
  admin: msg`Administração`,
}

const MOST = 1_000

export function People({ meId }: { meId: string }) {
  const { t } = useLingui()
  const people = usePeople()
  const change = useChangeAgent()
  const [chosen, choose] = useState<Agent | null>(null)
  return (
    <>
      <p className="soft">
        <Trans>
          Analistas veem o que é deles e o que espera nas suas equipes e na fila geral; a supervisão, tudo das
          suas equipes; a administração, tudo. O limite vale só para o que o balcão distribui sozinho.
        </Trans>
      </p>
      <Listed label={t`Pessoas`} query={people} none={<Trans>Ninguém ainda.</Trans>}>
        {(person) => <PersonLine key={person.id} person={person} edit={() => choose(person)} />}
      </Listed>
      {chosen && (
        <PersonForm
          person={chosen}
          isMe={chosen.id === meId}
          leave={() => choose(null)}
          wanted={(body) => change.mutate({ id: chosen.id, name: chosen.name, body })}
        />
      )}
    </>
  )
}

function PersonLine({ person, edit }: { person: Agent; edit: () => void }) {
  const { t, i18n } = useLingui()
  const where = person.teams?.map(({ name }) => name).join(', ')
  return (
    <li className="owned-line" data-off={!person.active}>
      <Face name={person.name} />
      <span className="owned-words">
        <b>{person.name}</b>
        <small>
          {i18n._(roles[person.role])} · {where || t`sem equipe`} ·{' '}
          {person.limit === null ? (
            t`sem limite`
          ) : (
            <Plural value={person.limit} one="até # atendimento" other="até # atendimentos" />
          )}
        </small>
      </span>
      {!person.active && <span className="chip">{t`Fora`}</span>}
      {person.present && <span className="chip chip-ok">{t`Disponível`}</span>}
      <button type="button" className="btn" aria-label={t`Editar ${person.name}`} onClick={edit}>
        <Pencil className="i i-md" aria-hidden="true" />
        <Trans>Editar</Trans>
      </button>
    </li>
  )
}

interface PersonFormProps {
  person: Agent
  /** One's own role, and whether one works here, others decide. */
  isMe: boolean
  leave: () => void
  wanted: (body: ChangeAgent) => void
}

function PersonForm({ person, isMe, leave, wanted }: PersonFormProps) {
  const { t, i18n } = useLingui()
  const teams = useTeams()
  const before = person.teams?.map(({ id }) => id) ?? []
  const [role, setRole] = useState(person.role)
  const [limit, setLimit] = useState(person.limit === null ? '' : String(person.limit))
  const [chosen, choose] = useState<readonly string[]>(before)
  const [active, setActive] = useState(person.active)
  const most = limit.trim() === '' ? null : Number(limit)
  const ready = most === null || (Number.isInteger(most) && most >= 0 && most <= MOST)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    const moved = chosen.length !== before.length || chosen.some((id) => !before.includes(id))
    wanted({
      ...(role !== person.role && { role }),
      ...(most !== person.limit && { limit: most }),
      ...(moved && { team_ids: [...chosen] }),
      ...(active !== person.active && { active }),
    })
    leave()
  }
  return (
    <Raised title={person.name} leave={leave}>
      <form onSubmit={submit}>
        <div className="asked">
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
              max={MOST}
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
                  checked={chosen.includes(id)}
                  onChange={({ target }) =>
                    choose(target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
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
        <Foot leave={leave} ready={ready}>
          <Trans>Salvar</Trans>
        </Foot>
      </form>
    </Raised>
  )
}
