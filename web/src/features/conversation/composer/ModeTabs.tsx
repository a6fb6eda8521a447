/** Switches between a message to the customer and an internal note. */

import { Trans, useLingui } from '@lingui/react/macro'

export type Mode = 'message' | 'note'

export function ModeTabs({ mode, onChange }: { mode: Mode; onChange: (mode: Mode) => void }) {
  const { t } = useLingui()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out inline
    <span className="tabs" role="group" aria-label={t`Escrever`}>
      <button
        type="button"
        className="tab"
        aria-pressed={mode === 'message'}
        onClick={() => onChange('message')}
      >
        <Trans>Mensagem</Trans>
      </button>
      <button type="button" className="tab" aria-pressed={mode === 'note'} onClick={() => onChange('note')}>
        <Trans>Nota interna</Trans>
      </button>
    </span>
  )
}
