/** The customers of the demonstration, and a form that adds one. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Plus } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { initialsOf } from '../../ui/AgentAvatar'
import { Avatar } from '../../ui/Avatar'
import type { Phone } from './requests/simulator'
import { useAddPhone } from './requests/useAddPhone'

interface CustomerPickerProps {
  phones: readonly Phone[]
  current: Phone | undefined
  onPick: (waId: string) => void
}

export function CustomerPicker({ phones, current, onPick }: CustomerPickerProps) {
  const { t } = useLingui()
  const [isNaming, setNaming] = useState(false)
  const [name, setName] = useState('')
  const id = useId()
  const addPhone = useAddPhone()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!name.trim()) return
    addPhone.mutate(name.trim(), {
      onSuccess: (phone) => {
        setNaming(false)
        setName('')
        onPick(phone.wa_id)
      },
    })
  }
  return (
    <div className="customer-picker">
      <p className="panel-h" id={id}>
        <Trans>Quem está com o telefone</Trans>
      </p>
      <ul aria-labelledby={id}>
        {phones.map((phone) => (
          <li key={phone.wa_id}>
            <button
              type="button"
              aria-label={phone.name}
              title={phone.name}
              aria-pressed={phone.wa_id === current?.wa_id}
              onClick={() => onPick(phone.wa_id)}
            >
              <Avatar id={phone.wa_id} initials={initialsOf(phone.name)} size={36} />
            </button>
          </li>
        ))}
        <li>
          <button
            type="button"
            className="add"
            aria-label={t`Novo cliente`}
            onClick={() => setNaming(!isNaming)}
          >
            <Plus className="i i-md" aria-hidden="true" />
          </button>
        </li>
      </ul>
      {isNaming && (
        <form className="new-customer" onSubmit={submit}>
          <input
            className="input"
            aria-label={t`Nome do novo cliente`}
            placeholder={t`Nome do novo cliente`}
            maxLength={100}
            value={name}
            // biome-ignore lint/a11y/noAutofocus: it was opened to be written in
            autoFocus
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="btn" disabled={!name.trim() || addPhone.isPending}>
            <Trans>Criar</Trans>
          </button>
        </form>
      )}
    </div>
  )
}
