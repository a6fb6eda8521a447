/** Changes the agent's own password. */

import { Trans, useLingui } from '@lingui/react/macro'
import { CircleAlert } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Dialog, DialogFooter } from '../../ui/Dialog'
import {
  checkPasswords,
  MAX_LENGTH,
  MIN_LENGTH,
  type PasswordRefusal,
  type Passwords,
  toPasswordRefusal,
} from './passwordRefusal'
import { useChangePassword } from './requests/useChangePassword'

interface PasswordDialogProps {
  /** Tells a password manager whose password it is. */
  email: string
  onClose: () => void
  onChanged: () => void
}

export function PasswordDialog({ email, onClose, onChanged }: PasswordDialogProps) {
  const { t } = useLingui()
  const [passwords, setPasswords] = useState<Passwords>({ current: '', new: '', repeated: '' })
  const [refusal, setRefusal] = useState<PasswordRefusal | null>(null)
  const changePassword = useChangePassword()
  const { isPending } = changePassword

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = event.currentTarget.elements
    const refuse = (refused: PasswordRefusal) => {
      setRefusal(refused)
      const field = fields.namedItem(refused.field ?? 'current')
      if (field instanceof HTMLElement) field.focus()
    }
    const refused = checkPasswords(passwords)
    if (refused) return refuse(refused)
    setRefusal(null)
    changePassword.mutate(
      { current: passwords.current, new: passwords.new },
      {
        onSuccess: () => {
          onChanged()
          onClose()
        },
        onError: (problem) => refuse(toPasswordRefusal(problem)),
      },
    )
  }
  const field = (name: keyof Passwords) => ({
    name,
    value: passwords[name],
    error: refusal?.field === name ? refusal.text : null,
    isReadOnly: isPending,
    onChange: (value: string) => {
      setPasswords({ ...passwords, [name]: value })
      setRefusal(null)
    },
  })
  // What was sent cannot be taken back, and its refusal must be seen.
  const close = () => isPending || onClose()

  return (
    <Dialog title={<Trans>Trocar senha</Trans>} onClose={close}>
      <form onSubmit={submit}>
        <div className="dialog-body">
          {refusal && refusal.field === null && (
            <div className="callout is-danger" role="alert">
              <CircleAlert className="i" aria-hidden="true" />
              <span>{refusal.text}</span>
            </div>
          )}
          <input type="text" autoComplete="username" value={email} readOnly hidden />
          <PasswordField
            {...field('current')}
            label={<Trans>Senha atual</Trans>}
            isFirst
            autoComplete="current-password"
          />
          <PasswordField
            {...field('new')}
            label={<Trans>Nova senha</Trans>}
            hint={t`Ao menos ${MIN_LENGTH} caracteres`}
            autoComplete="new-password"
          />
          <PasswordField
            {...field('repeated')}
            label={<Trans>Repita a nova senha</Trans>}
            autoComplete="new-password"
          />
        </div>
        <DialogFooter onClose={close} canSubmit={!isPending && Object.values(passwords).every(Boolean)}>
          {isPending ? <Trans>Trocando…</Trans> : <Trans>Trocar senha</Trans>}
        </DialogFooter>
      </form>
    </Dialog>
  )
}

interface PasswordFieldProps {
  name: keyof Passwords
  label: ReactNode
  hint?: string
  autoComplete: 'current-password' | 'new-password'
  value: string
  error: string | null
  isReadOnly: boolean
  isFirst?: boolean
  onChange: (value: string) => void
}

function PasswordField({
  name,
  label,
  hint,
  autoComplete,
  value,
  error,
  isReadOnly,
  isFirst = false,
  onChange,
}: PasswordFieldProps) {
  const id = `password-${name}`
  const descriptions = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className="field">
      <div className="label">
        <label htmlFor={id}>{label}</label>
        {hint && (
          <span className="hint" id={`${id}-hint`}>
            {hint}
          </span>
        )}
      </div>
      <input
        id={id}
        name={name}
        className="input"
        type="password"
        autoComplete={autoComplete}
        maxLength={MAX_LENGTH}
        readOnly={isReadOnly}
        required
        // biome-ignore lint/a11y/noAutofocus: the dialog was opened to be filled in
        autoFocus={isFirst}
        aria-invalid={error !== null}
        aria-describedby={descriptions || undefined}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {error && (
        <p className="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  )
}
