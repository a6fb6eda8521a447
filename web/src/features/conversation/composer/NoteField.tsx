/** The field for an internal note, with mentions. The customer never sees it. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Lock } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Agent } from '../../../api'
import type { Me } from '../../../lib/contract'
import { countCharacters } from '../../../lib/countCharacters'
import { AgentAvatar } from '../../../ui/AgentAvatar'
import { CompletionField, type CompletionFieldHandle } from '../../../ui/completion/CompletionField'
import type { CompletionSource } from '../../../ui/completion/source'
import { findAtWord } from '../../../ui/completion/words'
import { useEmojiSource } from '../../../ui/emoji/emojiSource'
import { matchAgents, mentionedIn, movePicked, type PickedMention } from '../mentions'
import { agentsQuery, useAgents } from '../useAgents'
import { useAddNote } from './requests/useAddNote'
import { SavedDraft } from './SavedDraft'
import { useStoredText } from './useStoredText'

const MAX_LENGTH = 4_096
const MAX_SUGGESTIONS = 6

interface NoteFieldProps {
  conversationId: string
  me: Me
  tabs: ReactNode
  /** A message that was begun before, and cannot be sent now. */
  draft?: string
}

export function NoteField({ conversationId, me, tabs, draft = '' }: NoteFieldProps) {
  const { t } = useLingui()
  const field = useRef<CompletionFieldHandle>(null)
  const [text, storeText] = useStoredText(`balcao.note.${me.id}.${conversationId}`)
  const [picked, setPicked] = useState<readonly PickedMention[]>([])
  const isColleague = (one: Agent) => one.active && one.id !== me.id
  const colleagues = (useAgents().data ?? []).filter(isColleague)
  const emojis = useEmojiSource(me.id)
  const addNote = useAddNote(conversationId)

  const agents: CompletionSource<readonly Agent[]> = {
    id: 'agents',
    title: t`Chamar alguém`,
    find: findAtWord,
    query: () => agentsQuery,
    lines: (all, typed) =>
      matchAgents(typed, all.filter(isColleague))
        .slice(0, MAX_SUGGESTIONS)
        .map(({ id, name, email }) => ({
          id,
          text: `@${name} `,
          content: (
            <>
              <AgentAvatar name={name} small />
              <span dir="auto">{name}</span>
              {email && <span className="hint">{email}</span>}
            </>
          ),
          onInsert: (at) =>
            setPicked((others) => [...others.filter((one) => one.at !== at), { id, name, at }]),
        })),
  }
  const over = countCharacters(text) - MAX_LENGTH
  const isEmpty = text.trim() === ''
  const mentioned = mentionedIn(text, colleagues, picked)
  const canSave = !isEmpty && over <= 0 && mentioned.unclear === null && !addNote.isPending

  const setText = (next: string) => {
    setPicked((all) => movePicked(all, text, next))
    storeText(next)
  }
  useEffect(() => field.current?.focus(), [])

  const save = () => {
    if (!canSave) return
    addNote.mutate({ text, mentions: mentioned.ids }, { onSuccess: () => setText('') })
  }
  return (
    <form
      className="composer is-note"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <div className="compose-top">
        {tabs}
        <span className="right">
          <Lock className="i i-sm" aria-hidden="true" />
          <Trans>Só a equipe vê</Trans>
        </span>
      </div>
      <CompletionField
        ref={field}
        className="compose-text"
        label={t`Nota interna`}
        placeholder={t`Escreva para a equipe; @ chama alguém`}
        value={text}
        onChange={setText}
        onEnter={save}
        sources={[agents, emojis]}
      />
      <div className="compose-tools">
        {over > 0 && (
          <span className="over" role="alert">
            <Trans>{over} caracteres a mais</Trans>
          </span>
        )}
        {mentioned.unclear && (
          <span className="over" role="alert">
            <Trans>Mais de uma pessoa se chama {mentioned.unclear}: escolha na lista do @</Trans>
          </span>
        )}
        <span className="right">
          <button type="submit" className="send" aria-label={t`Guardar nota`} aria-disabled={!canSave}>
            <span>
              <Trans>Guardar nota</Trans>
            </span>
            <Lock className="i i-md" aria-hidden="true" />
          </button>
        </span>
      </div>
      <SavedDraft draft={draft} />
    </form>
  )
}
