/** "Abrir o balcão": the way in. */

import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQuery } from '@tanstack/react-query'
import { CircleAlert, Eye, EyeOff } from 'lucide-react'
import { type FormEvent, useEffect, useState } from 'react'
import { Problem, wordsFor } from '../../lib/problem'
import { BrandMark } from '../../ui/Brand'
import { demoAccounts, openSession } from './requests/useDemoAccounts'

const DEMO_PASSWORD = 'balcao'

export function EnterPage({ entered }: { entered: () => void }) {
  const { t } = useLingui()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [shown, setShown] = useState(false)
  const demo = useQuery({ queryKey: ['session', 'options'], queryFn: demoAccounts })
  const entry = useMutation({ mutationFn: () => openSession(email.trim(), password), onSuccess: entered })

  useEffect(() => {
    document.title = t`Entrar · Balcão`
  }, [t])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!entry.isPending) entry.mutate()
  }
  const wrong = entry.error instanceof Problem && entry.error.status === 401
  const accounts = demo.data ?? []

  return (
    <main className="enter">
      <div className="enter-door">
        <form className="enter-form" onSubmit={submit}>
          <BrandMark size={52} />
          <div>
            <h1>
              <Trans>Abrir o balcão</Trans>
            </h1>
            <p className="soft">
              <Trans>Atendimento no WhatsApp</Trans>
            </p>
          </div>
          {entry.isError && (
            <div className="callout is-danger" role="alert">
              <CircleAlert className="i" aria-hidden="true" />
              {wrong ? (
                <Trans>E-mail e senha não combinam. Confira os dois e tente de novo.</Trans>
              ) : (
                <Trans>Não deu para entrar: {wordsFor(entry.error)}.</Trans>
              )}
            </div>
          )}
          <div className="field">
            <label htmlFor="email">
              <Trans>E-mail</Trans>
            </label>
            <input
              id="email"
              className="input"
              type="email"
              autoComplete="username"
              required
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </div>
          <div className="field">
            <label htmlFor="password">
              <Trans>Senha</Trans>
            </label>
            <div className="input-with">
              <input
                id="password"
                className="input"
                type={shown ? 'text' : 'password'}
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
              <button
                type="button"
                className="icon-btn"
                aria-label={shown ? t`Esconder a senha` : t`Mostrar a senha`}
                onClick={() => setShown(!shown)}
              >
                {shown ? <EyeOff className="i" /> : <Eye className="i" />}
              </button>
            </div>
          </div>
          <button type="submit" className="btn btn-main btn-big" aria-disabled={entry.isPending}>
            {entry.isPending ? <Trans>Entrando…</Trans> : <Trans>Entrar</Trans>}
          </button>
        </form>
      </div>
      {accounts.length > 0 && (
        <section className="enter-counter" aria-label={t`Contas de demonstração`}>
          <p>
            <Trans>
              Demonstração: a senha de todos é <b>{DEMO_PASSWORD}</b>
            </Trans>
          </p>
          <div className="enter-accounts">
            {accounts.map((account) => (
              <button
                type="button"
                key={account}
                onClick={() => {
                  setEmail(account)
                  setPassword(DEMO_PASSWORD)
                }}
              >
                {account}
              </button>
            ))}
          </div>
        </section>
      )}
    </main>
  )
}
