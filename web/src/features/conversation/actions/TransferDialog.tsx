/** Transfers a ticket to another team or agent, with a note for the new owner. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { ArrowRightLeft } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Agent } from '../../../api'
import type { Ticket } from '../../../lib/contract'
import { problemText } from '../../../lib/problem'
import { Dialog, DialogFooter } from '../../../ui/Dialog'
import { useAgents } from '../useAgents'
import { useTeams } from '../useTeams'

export interface Transfer {
  team_id: string | null
  agent_id: string | null
  note: string | null
}

interface TransferDialogProps {
  title: ReactNode
  /** Undefined when several tickets are transferred. */
  ticket?: Ticket
  onClose: () => void
  onSubmit: (what: Transfer, to: string) => void
}

/** Beside a name that somebody else has, too, stands the e-mail address. */
function recipientText({ name, email, present }: Agent): string {
  const who = email ? `${name} · ${email}` : name
  return present ? who : t`${who} (ausente)`
}

export function TransferDialog({ title, ticket, onClose, onSubmit }: TransferDialogProps) {
  const agents = useAgents()
  const teams = useTeams()
  const [teamId, setTeamId] = useState('')
  const [agentId, setAgentId] = useState('')
  const [note, setNote] = useState('')
  const error = agents.error ?? teams.error
  const recipients = (agents.data ?? [])
    .filter((one) => one.active && one.id !== ticket?.owner?.id)
    .filter((one) => !teamId || one.teams === null || one.teams.some(({ id }) => id === teamId))
  const otherTeams = (teams.data ?? []).filter((one) => one.id !== ticket?.team?.id || ticket?.owner !== null)
  const canSubmit = teamId !== '' || agentId !== ''

  const chooseTeam = (id: string) => {
    setTeamId(id)
    setAgentId('')
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!canSubmit) return
    const recipient =
      recipients.find((one) => one.id === agentId) ?? otherTeams.find((one) => one.id === teamId)
    onSubmit(
      { team_id: teamId || null, agent_id: agentId || null, note: note.trim() || null },
      recipient?.name ?? '',
    )
    onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="dialog-body">
          {error && (
            <p className="failed is-left" role="alert">
              <Trans>As equipes não vieram: {problemText(error)}.</Trans>
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
          {otherTeams.length > 0 && (
            <div className="field">
              <label htmlFor="transfer-team">
                <Trans>Equipe</Trans>
              </label>
              <select
                id="transfer-team"
                className="input"
                value={teamId}
                onChange={(event) => chooseTeam(event.target.value)}
              >
                <option value="">{ticket?.team ? t`A mesma: ${ticket.team.name}` : t`A mesma`}</option>
                {otherTeams.map((one) => (
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
              value={agentId}
              onChange={(event) => setAgentId(event.target.value)}
            >
              <option value="">{teamId ? t`Quem estiver livre na equipe` : t`Escolha a pessoa`}</option>
              {recipients.map((one) => (
                <option key={one.id} value={one.id}>
                  {recipientText(one)}
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
        <DialogFooter onClose={onClose} canSubmit={canSubmit}>
          <ArrowRightLeft className="i i-md" aria-hidden="true" />
          <Trans>Transferir</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
