/** The customer's phone: the other side of a conversation, for demonstrations. */

import { Trans, useLingui } from '@lingui/react/macro'
import { X } from 'lucide-react'
import { Problem } from '../../lib/problem'
import { EmptyState, ErrorState } from '../../ui/EmptyState'
import { CustomerPicker } from './CustomerPicker'
import { Handset } from './Handset'
import { usePhones } from './requests/usePhones'

interface PhonePageProps {
  /** The customer whose phone is shown. */
  waId: string | undefined
  onPick: (waId: string) => void
  onClose?: () => void
}

export default function PhonePage({ waId, onPick, onClose }: PhonePageProps) {
  const { t } = useLingui()
  const phones = usePhones()
  const Title = onClose ? 'h2' : 'h1'
  const current = phones.data?.find((phone) => phone.wa_id === waId) ?? phones.data?.[0]

  if (phones.error instanceof Problem && phones.error.status === 401) {
    return (
      <section className="phone-side" aria-label={t`Telefone do cliente`}>
        <EmptyState title={<Trans>O telefone espera o login</Trans>} actions={!onClose && <LogInLink />}>
          <Trans>Nesta demonstração só quem entrou vê os telefones dos clientes.</Trans>
        </EmptyState>
      </section>
    )
  }
  if (phones.isError) {
    const absent = phones.error instanceof Problem && phones.error.status === 404
    return (
      <section className="phone-side" aria-label={t`Telefone do cliente`}>
        <ErrorState
          title={absent ? <Trans>Aqui não há simulador</Trans> : <Trans>O simulador não respondeu</Trans>}
          problem={phones.error}
          onRetry={() => void phones.refetch()}
        />
      </section>
    )
  }
  return (
    <section className="phone-side" aria-label={t`Telefone do cliente`}>
      <header className="phone-side-head">
        <Title>
          <Trans>Telefone do cliente</Trans>
        </Title>
        {onClose && (
          <button type="button" className="icon-btn" aria-label={t`Guardar o telefone`} onClick={onClose}>
            <X className="i" aria-hidden="true" />
          </button>
        )}
      </header>
      <CustomerPicker phones={phones.data ?? []} current={current} onPick={onPick} />
      {current && <Handset key={current.wa_id} phone={current} />}
      {phones.data?.length === 0 && (
        <p className="hint">
          <Trans>Ainda não há clientes. Crie o primeiro no botão acima.</Trans>
        </p>
      )}
    </section>
  )
}

/** For the phone alone; beside the desk the login stands already. */
const LogInLink = () => (
  <a
    className="btn btn-main"
    href={`/entrar?depois=${encodeURIComponent(location.pathname + location.search)}`}
  >
    <Trans>Entrar</Trans>
  </a>
)
