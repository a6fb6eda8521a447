/** Teams: add, rename, archive. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Archive, Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Team } from '../../api'
import { AdminList } from './AdminList'
import { useAddTeam } from './requests/useAddTeam'
import { useAdminTeams } from './requests/useAdminTeams'
import { useArchiveTeam } from './requests/useArchiveTeam'
import { useRenameTeam } from './requests/useRenameTeam'

const MAX_NAME_LENGTH = 80

export function Teams() {
  const { t } = useLingui()
  const teams = useAdminTeams()
  const add = useAddTeam()
  const [name, setName] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim()) add.mutate(name.trim(), { onSuccess: () => setName('') })
  }
  return (
    <>
      <p className="soft">
        <Trans>
          Cada equipe tem a sua fila, que só quem é dela vê; a fila geral, todos veem. Arquivada, a equipe não
          recebe mais nenhum atendimento.
        </Trans>
      </p>
      <form className="admin-new" onSubmit={submit}>
        <input
          className="input"
          aria-label={t`Nome da nova equipe`}
          placeholder={t`Nome da nova equipe`}
          maxLength={MAX_NAME_LENGTH}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="btn btn-main" disabled={!name.trim() || add.isPending}>
          <Plus className="i i-md" aria-hidden="true" />
          <Trans>Criar equipe</Trans>
        </button>
      </form>
      <AdminList
        label={t`Equipes`}
        query={teams}
        empty={<Trans>Ainda sem equipes: todos dividem uma fila só.</Trans>}
      >
        {(team) => <TeamRow key={`${team.id}${team.name}`} team={team} />}
      </AdminList>
    </>
  )
}

function TeamRow({ team }: { team: Team }) {
  const { t } = useLingui()
  const rename = useRenameTeam()
  const archive = useArchiveTeam()
  const [name, setName] = useState(team.name)
  const changed = name.trim() !== '' && name.trim() !== team.name
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (changed) rename.mutate({ id: team.id, name: name.trim() })
  }
  return (
    <li>
      <form className="admin-row" onSubmit={submit}>
        <input
          className="input is-inline"
          aria-label={t`Nome da equipe ${team.name}`}
          maxLength={MAX_NAME_LENGTH}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {changed && (
          <button type="submit" className="btn btn-main" disabled={rename.isPending}>
            <Trans>Salvar</Trans>
          </button>
        )}
        <button
          type="button"
          className="btn"
          aria-label={t`Arquivar ${team.name}`}
          disabled={archive.isPending}
          onClick={() => archive.mutate(team)}
        >
          <Archive className="i i-md" aria-hidden="true" />
          <Trans>Arquivar</Trans>
        </button>
      </form>
    </li>
  )
}
