/** Hands the ticket to another person, with a note for whoever gets it. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { ArrowRightLeft } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Ticket } from '../../lib/contract'
import { wordsFor } from '../../lib/problem'
import { Foot, Raised } from '../../ui/Raised'
import { useAgents } from './requests/people'

export interface Transfer {
  team_id: string | null
  agent_id: string | null
  note: string | null
}

interface TransferDialogProps {
  ticket: Ticket
  name: string
  leave: () => void
  wanted: (what: Transfer, to: string) => void
}

export function TransferDialog({ ticket, name, leave, wanted }: TransferDialogProps) {
  const agents = useAgents()
  const [agent, setAgent] = useState('')
  const [note, setNote] = useState('')
  const failed = agents.error
  const people = (agents.data ?? []).filter((one) => one.id !== ticket.owner?.id)
  const ready = agent !== ''

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    const to = people.find((one) => one.id === agent)
    wanted({ team_id: null, agent_id: agent || null, note: note.trim() || null }, to?.name ?? '')
    leave()
  }
  return (
    <Raised title={<Trans>Transferir a conversa com {name}</Trans>} leave={leave}>
      <form onSubmit={submit}>
        <div className="asked">
          {failed && (
            <p className="failed is-left" role="alert">
              <Trans>As pessoas não vieram: {wordsFor(failed)}.</Trans>
              <button type="button" className="again" onClick={() => void agents.refetch()}>
                <Trans>Tentar de novo</Trans>
              </button>
            </p>
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
              <option value="">{t`Escolha a pessoa`}</option>
              {people.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
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
