/** The draft of somebody who cannot send it from here. */

import { Trans } from '@lingui/react/macro'

export function SavedDraft({ draft }: { draft: string }) {
  if (!draft) return null
  return (
    <p className="saved-draft">
      <Trans>Seu rascunho está guardado: “{draft}”</Trans>
    </p>
  )
}
