/** Quick replies: the lists, and the page of one. */

import { Trans } from '@lingui/react/macro'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import ReplyDialog from '../features/quick-replies/ReplyDialog'
import { ReplyList } from '../features/quick-replies/ReplyList'
import { ReplySheet } from '../features/quick-replies/ReplySheet'
import { useSaveReply } from '../features/quick-replies/requests/useSaveReply'
import { type Section, sectionOf } from '../features/quick-replies/sections'
import { useMe } from '../lib/useMe'
import { useWaitingReplies } from '../lib/useWaitingReplies'
import { EmptyState } from '../ui/EmptyState'
import { paths, slugOf } from './paths'

const NEW = { name: '', shortcut: null, text: '', team_ids: [] }

export default function QuickRepliesPage() {
  const me = useMe()
  const { section: slug = '', quickReplyId } = useParams({ strict: false })
  const navigate = useNavigate()
  const waiting = useWaitingReplies(me)
  const save = useSaveReply()
  const [isAdding, setAdding] = useState(false)
  const section = sectionOf(slug, me)
  const sectionLink = (one: Section) => ({ to: paths.quickReplies, params: { section: one } })
  const closeReply = () => void navigate(sectionLink(section))
  useEffect(() => {
    if (!quickReplyId) document.title = 'Respostas prontas · Balcão'
  }, [quickReplyId])

  return (
    <main className="sheet is-contacts is-replies">
      <ReplyList
        me={me}
        section={section}
        selected={quickReplyId}
        waiting={waiting}
        sectionLink={sectionLink}
        replyLink={(id) => ({ to: paths.quickReply, params: { section, quickReplyId: id } })}
        onAdd={() => setAdding(true)}
      />
      {quickReplyId ? (
        <ReplySheet
          key={quickReplyId}
          me={me}
          id={quickReplyId}
          section={section}
          back={sectionLink(section)}
          conversationLink={(conversationId) => ({
            to: paths.ticket,
            params: { view: slugOf('all'), conversationId },
          })}
          onDecided={closeReply}
        />
      ) : (
        <div className="contact-sheet">
          <EmptyState title={<Trans>Respostas prontas</Trans>}>
            <Trans>
              Textos que a equipe usa sempre, com variáveis. Qualquer pessoa sugere, pelo balão com + ao lado
              de uma mensagem que enviou; a administração aprova.
            </Trans>
          </EmptyState>
        </div>
      )}
      {isAdding && (
        <ReplyDialog
          title={<Trans>Nova resposta pronta</Trans>}
          content={NEW}
          author={me.name}
          submitLabel={<Trans>Criar</Trans>}
          isPending={save.isPending}
          onClose={() => setAdding(false)}
          onSubmit={(body) => save.mutate({ reply: null, body }, { onSuccess: () => setAdding(false) })}
        />
      )}
    </main>
  )
}
