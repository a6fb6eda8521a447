/** Whether one writes to the customer or to colleagues. */

import { Trans, useLingui } from '@lingui/react/macro'

export type Mode = 'message' | 'note'

export function ModeTabs({ mode, choose }: { mode: Mode; choose: (mode: Mode) => void }) {
  const { t } = useLingui()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot lie in a row with other words
    <span className="tabs" role="group" aria-label={t`Escrever`}>
      <button
        type="button"
        className="tab"
        aria-pressed={mode === 'message'}
        onClick={() => choose('message')}
      >
        <Trans>Mensagem</Trans>
      </button>
      <button type="button" className="tab" aria-pressed={mode === 'note'} onClick={() => choose('note')}>
        <Trans>Nota interna</Trans>
      </button>
    </span>
  )
}
