/** Which colleagues look at the conversation, and who of them is typing. */

import { t } from '@lingui/core/macro'
import { firstNameOf } from '../../lib/firstName'
import { useViewers } from './useViewers'

export function Viewers({ conversationId, meId }: { conversationId: string; meId: string }) {
  const viewers = useViewers(conversationId, meId)
  const typing = viewers.filter((one) => one.typing)
  return (
    <p className="viewers" role="status">
      {viewers.length > 0 && (
        <>
          {typing.length > 0 && (
            <span className="dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
          )}
          {viewersText(typing.length > 0 ? typing : viewers, typing.length > 0)}
        </>
      )}
    </p>
  )
}

function viewersText(people: readonly { name: string }[], typing: boolean): string {
  const [one = '', two = ''] = people.map(({ name }) => firstNameOf(name))
  const others = people.length - 1
  if (others === 0) return typing ? t`${one} está digitando…` : t`${one} também está aqui`
  if (others === 1) return typing ? t`${one} e ${two} estão digitando…` : t`${one} e ${two} também estão aqui`
  return typing ? t`${one} e mais ${others} estão digitando…` : t`${one} e mais ${others} também estão aqui`
}
