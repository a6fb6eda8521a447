/** What keeps a suggestion from being sent, each with the way on. */

import { Trans } from '@lingui/react/macro'
import { CircleAlert, UserRound } from 'lucide-react'
import type { PlacedFinding, PlacedName } from './findings'

interface FindingsProps {
  id: string
  findings: readonly PlacedFinding[]
  unknown: readonly PlacedName[]
  /** What of the customer stands in the name or the shortcut, where no variable helps. */
  inNames: readonly string[]
  customer: string
  onReplace: (finding: PlacedFinding, variable: string | null) => void
  onReplaceAll: () => void
}

export function Findings({
  id,
  findings,
  unknown,
  inNames,
  customer,
  onReplace,
  onReplaceAll,
}: FindingsProps) {
  const replaceable = findings.filter(({ variables }) => variables.length === 1)
  return (
    <div className="findings" id={id} role="status">
      {findings.map((finding) => (
        <FindingLine key={`${finding.start} ${finding.value}`} {...{ finding, customer, onReplace }} />
      ))}
      {replaceable.length > 1 && (
        <button type="button" className="btn btn-sm findings-all" onClick={onReplaceAll}>
          <Trans>Trocar todos por variáveis</Trans>
        </button>
      )}
      {inNames.map((value) => (
        <Callout key={value}>
          <Trans>
            <b dir="auto">{value}</b> é dado de {customer}. Tire do nome e do atalho, que todos veem.
          </Trans>
        </Callout>
      ))}
      {unknown.map(({ name, start }) => (
        <Callout key={start}>
          <Trans>
            Não há variável <span className="var">${name}</span>. Escolha outra com <kbd>$</kbd>, ou escreva{' '}
            <span className="var">$$</span> se for o cifrão.
          </Trans>
        </Callout>
      ))}
    </div>
  )
}

function FindingLine({
  finding,
  customer,
  onReplace,
}: Pick<FindingsProps, 'customer' | 'onReplace'> & { finding: PlacedFinding }) {
  const { value, variables, blocks, kind } = finding
  const [variable] = variables
  if (!blocks) {
    return (
      <Callout isOffer>
        <Trans>
          <b dir="auto">{value}</b> é o seu nome. Com uma variável, a resposta serve para toda a equipe.
        </Trans>{' '}
        {variables.map((one) => (
          <ReplaceButton key={one} onClick={() => onReplace(finding, one)} variable={one} />
        ))}
      </Callout>
    )
  }
  return (
    <Callout>
      {kind === 'document' || kind === 'order' ? (
        <Trans>
          <b dir="auto">{value}</b> parece um número de documento ou pedido.
        </Trans>
      ) : (
        <Trans>
          <b dir="auto">{value}</b> é dado de {customer}.
        </Trans>
      )}{' '}
      {variable === undefined ? (
        <>
          <Trans>Escreva sem ele para poder enviar.</Trans>{' '}
          <button type="button" onClick={() => onReplace(finding, null)}>
            <Trans>Tirar</Trans>
          </button>
        </>
      ) : (
        <>
          <Trans>Troque para poder enviar.</Trans>{' '}
          {variables.map((one) => (
            <ReplaceButton key={one} onClick={() => onReplace(finding, one)} variable={one} />
          ))}
        </>
      )}
    </Callout>
  )
}

function ReplaceButton({ variable, onClick }: { variable: string; onClick: () => void }) {
  return (
    <button type="button" onClick={onClick}>
      <Trans>Trocar por ${variable}</Trans>
    </button>
  )
}

function Callout({ isOffer = false, children }: { isOffer?: boolean; children: React.ReactNode }) {
  return (
    <div className={isOffer ? 'callout is-plain' : 'callout is-danger'}>
      {isOffer ? (
        <UserRound className="i" aria-hidden="true" />
      ) : (
        <CircleAlert className="i" aria-hidden="true" />
      )}
      <div>{children}</div>
    </div>
  )
}
