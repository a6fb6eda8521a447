/** Hands the ticket to another team or person, with a note for whoever gets it. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { ArrowRightLeft } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Ticket } from '../../../lib/contract'
import { wordsFor } from '../../../lib/problem'
import { Foot, Raised } from '../../../ui/Dialog'
import { useAgents, useTeams } from '../useAgents'

export interface Transfer {
  team_id: string | null
  agent_id: string | null
  note: string | null
}

interface TransferDialogProps {
  title: ReactNode
  /** Without it several are handed on. */
  ticket?: Ticket
  leave: () => void
  wanted: (what: Transfer, to: string) => void
}

export function TransferDialog({ title, ticket, leave, wanted }: TransferDialogProps) {
  const agents = useAgents()
  const teams = useTeams()
  const [team, setTeam] = useState('')
  const [agent, setAgent] = useState('')
  const [note, setNote] = useState('')
  const failed = agents.error ?? teams.error
  const people = (agents.data ?? [])
    .filter((one) => one.active && one.id !== ticket?.owner?.id)
    .filter((one) => !team || one.teams === null || one.teams.some(({ id }) => id === team))
  const elsewhere = (teams.data ?? []).filter((one) => one.id !== ticket?.team?.id || ticket?.owner !== null)
  const ready = team !== '' || agent !== ''

  const chooseTeam = (id: string) => {
    setTeam(id)
    setAgent('')
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    const to = people.find((one) => one.id === agent) ?? elsewhere.find((one) => one.id === team)
    wanted({ team_id: team || null, agent_id: agent || null, note: note.trim() || null }, to?.name ?? '')
    leave()
  }
  return (
    <Raised title={title} leave={leave}>
      <form onSubmit={submit}>
        <div className="asked">
          {failed && (
            <p className="failed is-left" role="alert">
              <Trans>As equipes não vieram: {wordsFor(failed)}.</Trans>
              <button
                type="button"
                className="again"
                onClick={() => {
                  void agents.refetch()
                  void teams.refetch()
                }}
              >
                <Trans>Tentar de novo</Trans>
              </button>
            </p>
          )}
          {elsewhere.length > 0 && (
            <div className="field">
              <label htmlFor="transfer-team">
                <Trans>Equipe</Trans>
              </label>
              <select
                id="transfer-team"
                className="input"
                value={team}
                onChange={(event) => chooseTeam(event.target.value)}
              >
                <option value="">{ticket?.team ? t`A mesma: ${ticket.team.name}` : t`A mesma`}</option>
                {elsewhere.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
              </select>
            </div>
          )}
          <div className="field">
            <label htmlFor="transfer-agent">
              <Trans>Analista</Trans>
            </label>
            <select
              id="transfer-agent"
              className="input"
              disabled={agents.isPending}
              value={agent}
              onChange={(event) => setAgent(event.target.value)}
            >
              <option value="">{team ? t`Quem estiver livre na equipe` : t`Escolha a pessoa`}</option>
              {people.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.present ? one.name : t`${one.name} (ausente)`}
                </option>
              ))}
            </select>
          </div>
          <div className="field">
            <label htmlFor="transfer-note">
              <Trans>Nota para quem recebe</Trans>
              <span className="hint">
                <Trans>o cliente não vê</Trans>
              </span>
            </label>
            <textarea
              id="transfer-note"
              className="input"
              maxLength={4096}
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
          </div>
        </div>
        <Foot leave={leave} ready={ready}>
          <ArrowRightLeft className="i i-md" aria-hidden="true" />
          <Trans>Transferir</Trans>
        </Foot>
      </form>
    </Raised>
  )
}
