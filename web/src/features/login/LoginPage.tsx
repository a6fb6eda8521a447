/** The login page. */

import { Trans, useLingui } from '@lingui/react/macro'
import { CircleAlert, Clock, Eye, EyeOff } from 'lucide-react'
import { type FormEvent, useEffect, useState } from 'react'
import type { Me } from '../../lib/contract'
import { Problem, problemText } from '../../lib/problem'
import { BrandMark } from '../../ui/Brand'
import { useDemoAccounts } from './requests/useDemoAccounts'
import { useLogIn } from './requests/useLogIn'

const DEMO_PASSWORD = 'balcao'

interface LoginPageProps {
  /** The session ended by itself, and so led here. */
  sessionEnded: boolean
  onLogin: (me: Me) => void
}

export function LoginPage({ sessionEnded, onLogin }: LoginPageProps) {
  const { t } = useLingui()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [showPassword, setShowPassword] = useState(false)
  const accounts = useDemoAccounts()
  const logIn = useLogIn(onLogin)

  useEffect(() => {
    document.title = t`Entrar · Balcão`
  }, [t])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!logIn.isPending) logIn.mutate({ email: email.trim(), password })
  }
  const wrongCredentials = logIn.error instanceof Problem && logIn.error.status === 401

  return (
    <main className="login">
      <div className="login-main">
        <form className="login-form" onSubmit={submit}>
          <BrandMark size={52} />
          <div>
            <h1>
              <Trans>Abrir o balcão</Trans>
            </h1>
            <p className="soft">
              <Trans>Atendimento no WhatsApp</Trans>
            </p>
          </div>
          {sessionEnded && !logIn.isError && (
            <div className="callout is-warn" role="status">
              <Clock className="i" aria-hidden="true" />
              <Trans>Sua sessão terminou. Entre de novo.</Trans>
            </div>
          )}
          {logIn.isError && (
            <div className="callout is-danger" role="alert">
              <CircleAlert className="i" aria-hidden="true" />
              {wrongCredentials ? (
                <Trans>E-mail e senha não combinam. Confira os dois e tente de novo.</Trans>
              ) : (
                <Trans>Não deu para entrar: {problemText(logIn.error)}.</Trans>
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
                type={showPassword ? 'text' : 'password'}
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
              <button
                type="button"
                className="icon-btn"
                aria-label={showPassword ? t`Esconder a senha` : t`Mostrar a senha`}
                onClick={() => setShowPassword(!showPassword)}
              >
                {showPassword ? <EyeOff className="i" /> : <Eye className="i" />}
              </button>
            </div>
          </div>
          <button type="submit" className="btn btn-main btn-big" aria-disabled={logIn.isPending}>
            {logIn.isPending ? <Trans>Entrando…</Trans> : <Trans>Entrar</Trans>}
          </button>
        </form>
      </div>
      {accounts.length > 0 && (
        <section className="login-demo" aria-label={t`Contas de demonstração`}>
          <p>
            <Trans>
              Demonstração: a senha de todos é <b>{DEMO_PASSWORD}</b>
            </Trans>
          </p>
          <div className="login-accounts">
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
