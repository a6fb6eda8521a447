/** What the lists of the message field offer: quick replies at `/`, variables at `$`. */

import { Trans, useLingui } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { MessageSquareText } from 'lucide-react'
import type { QuickReply, VariableValue } from '../../../api'
import { variableValuesQuery } from '../../../lib/variableValues'
import type { CompletionSource } from '../../../ui/completion/source'
import { variableLines } from '../../../ui/completion/variableLines'
import { findDollarWord, findSlashWord } from '../../../ui/completion/words'
import { VariableText } from '../../../ui/VariableText'
import { type Filled, fillIn, type UsedReply, type Values } from './inserted'
import { usableQuickRepliesQuery } from './requests/usableQuickReplies'

/** Told once `filled` stands at `at`. */
type OnInsert = (at: number, filled: Filled, reply?: UsedReply) => void

export const QUICK_REPLIES = 'quick-replies'

const MAX_SHOWN = 240

export const valuesOf = (variables: readonly VariableValue[]): Values =>
  new Map(variables.map(({ name, value }) => [name, value]))

interface Replies {
  replies: readonly QuickReply[]
  values: Values
}

export function useQuickReplySource(conversationId: string, onInsert: OnInsert): CompletionSource<Replies> {
  const { t } = useLingui()
  const cache = useQueryClient()
  return {
    id: QUICK_REPLIES,
    title: t`Respostas prontas`,
    icon: <MessageSquareText className="i i-sm" aria-hidden="true" />,
    find: findSlashWord,
    query(typed) {
      const { queryKey, queryFn, staleTime } = usableQuickRepliesQuery(typed)
      return {
        queryKey: [...queryKey, conversationId],
        queryFn: async () => {
          const [replies, values] = await Promise.all([
            queryFn(),
            cache.fetchQuery(variableValuesQuery(conversationId)),
          ])
          return { replies, values: valuesOf(values) }
        },
        staleTime,
      }
    },
    lines: ({ replies, values }) =>
      replies.map(({ id, name, shortcut, text, version, variables }) => {
        const filled = fillIn(text, values)
        return {
          id,
          text: filled.text,
          content: (
            <span className="reply-line">
              <b dir="auto">{name}</b>
              {shortcut && <span className="hint">/{shortcut}</span>}
              <small dir="auto">
                <VariableText>{text.slice(0, MAX_SHOWN)}</VariableText>
              </small>
            </span>
          ),
          preview: (
            <span className="reply-line is-whole">
              <b dir="auto">{name}</b>
              {shortcut && <span className="hint">/{shortcut}</span>}
              <small dir="auto">
                <FilledText {...filled} />
              </small>
            </span>
          ),
          onInsert: (at) => onInsert(at, filled, { id, version, variables }),
        }
      }),
    empty: (typed) =>
      typed.trim() === '' ? (
        <Trans>Ainda não há respostas prontas para você. Quem administra as cria e aprova.</Trans>
      ) : (
        <Trans>
          Nenhuma resposta pronta com “{typed}”. <kbd>Esc</kbd> fecha a lista.
        </Trans>
      ),
  }
}

export function useVariableSource(
  conversationId: string,
  onInsert: OnInsert,
): CompletionSource<readonly VariableValue[]> {
  const { t } = useLingui()
  return {
    id: 'variables',
    title: t`Variáveis`,
    find: findDollarWord,
    query: () => variableValuesQuery(conversationId),
    lines: (variables, typed) =>
      variableLines(variables, typed, ({ name }) => {
        const filled = fillIn(`$${name}`, valuesOf(variables))
        return { text: filled.text, onInsert: (at) => onInsert(at, filled) }
      }),
  }
}

/** A text as it will be inserted, with what was put in for its variables set apart. */
function FilledText({ text, pieces }: Filled) {
  let from = 0
  return (
    <>
      {pieces
        .filter(({ kind }) => kind !== 'words')
        .map((piece) => {
          const words = text.slice(from, piece.at)
          from = piece.at + piece.text.length
          return (
            <span key={piece.at}>
              {words}
              <span className={piece.kind === 'hole' ? 'is-hole' : 'is-filled'}>{piece.text}</span>
            </span>
          )
        })}
      {text.slice(from)}
    </>
  )
}
