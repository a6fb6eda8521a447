/** The thread of a conversation: opens at its end and loads older messages on scrolling up. */

import { Trans } from '@lingui/react/macro'
import type { Message } from '../../../lib/contract'
import { problemText } from '../../../lib/problem'
import { ThreadSkeleton } from '../../../ui/Skeleton'
import { ConversationError } from '../ConversationError'
import { MessageList } from './MessageList'
import { useMessages } from './requests/useMessages'
import { useFirstUnread, useThreadRows } from './useThreadRows'

interface ThreadProps {
  conversationId: string
  contactName: string
  myName: string
  /** The last message read before the conversation was opened; null for none. */
  readUntil: string | null
  onSuggest: (message: Message) => void
}

const NONE: readonly Message[] = []

export function Thread({ conversationId, contactName, myName, readUntil, onSuggest }: ThreadProps) {
  const { thread, older, loadOlder, olderFailed } = useMessages(conversationId)
  const items = thread.data?.items ?? NONE
  const firstUnread = useFirstUnread(items, readUntil)
  const rows = useThreadRows(conversationId, items, myName, firstUnread)

  if (thread.isPending) return <ThreadSkeleton />
  if (!thread.data) return <ConversationError query={thread} />
  return (
    <>
      {olderFailed !== null && (
        <p className="fact older" role="alert">
          <Trans>As mensagens anteriores não vieram: {problemText(olderFailed)}.</Trans>
          <button type="button" className="again" onClick={() => void loadOlder()}>
            <Trans>Tentar de novo</Trans>
          </button>
        </p>
      )}
      <MessageList
        conversationId={conversationId}
        rows={rows}
        contactName={contactName}
        myName={myName}
        onSuggest={onSuggest}
        hasOlder={older !== null}
        loadOlder={loadOlder}
      />
    </>
  )
}
