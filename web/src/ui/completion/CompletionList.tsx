/** The lines for the word that is being typed. The keys come from the text field, which keeps the focus. */

import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react'
import type { Completion, CompletionSource } from './source'

export interface CompletionListHandle {
  /** Whether the key was for the list. */
  takeKey: (event: KeyboardEvent) => boolean
}

interface CompletionListProps {
  ref: Ref<CompletionListHandle>
  source: CompletionSource
  typed: string
  /** Prefix of the ids of its elements. */
  id: string
  onInsert: (completion: Completion) => void
  onClose: () => void
  /** Called when an Enter that was pressed too early for the list turns out not to be for it. */
  onEnter: (() => void) | undefined
  /** Called with the id of the active line; null when there is none. */
  onActive: (optionId: string | null) => void
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 }

export function CompletionList({
  ref,
  source,
  typed,
  id,
  onInsert,
  onClose,
  onEnter,
  onActive,
}: CompletionListProps) {
  // The lines that were there stay until those for what is typed now, as it is now, have come.
  const found = useQuery({ ...source.query(typed), placeholderData: (before: unknown) => before })
  const items = found.data === undefined ? [] : source.lines(found.data, typed)
  const hasFailed = found.isError
  const isLoading = !hasFailed && found.isFetching
  const retry = () => void found.refetch()
  const [active, setActive] = useState({ typed, id: '' })
  const [isPreviewing, setPreviewing] = useState(false)
  /** Enter was pressed before the lines for what was typed had come. */
  const [wantedFor, setWantedFor] = useState<string | null>(null)
  const list = useRef<HTMLDivElement>(null)
  const current = (active.typed === typed && items.find((item) => item.id === active.id)) || items[0]
  const isShown = items.length > 0 || isLoading || hasFailed || source.empty !== undefined
  const activeId = current ? `${id}-${current.id}` : null

  const latest = useRef({ onActive, onInsert, onEnter })
  latest.current = { onActive, onInsert, onEnter }
  useEffect(() => {
    latest.current.onActive(activeId)
    if (activeId) document.getElementById(activeId)?.scrollIntoView({ block: 'nearest' })
  }, [activeId])
  useEffect(() => () => latest.current.onActive(null), [])
  useEffect(() => {
    if (isLoading || wantedFor === null) return
    setWantedFor(null)
    if (wantedFor !== typed) return
    if (current) latest.current.onInsert(current)
    else if (!source.empty) latest.current.onEnter?.()
  }, [isLoading, wantedFor, typed, current, source])

  const takeKey = ({ key, shiftKey, altKey, ctrlKey, metaKey }: KeyboardEvent): boolean => {
    if (!isShown || shiftKey || altKey || ctrlKey || metaKey) return false
    if (key === 'Escape') {
      if (isPreviewing) setPreviewing(false)
      else onClose()
      return true
    }
    if (key === 'Enter') {
      if (isLoading) setWantedFor(typed)
      else if (current) onInsert(current)
      // What was to be a quick reply is not sent as it was typed.
      else if (!source.empty) return false
      else if (hasFailed) retry()
      return true
    }
    if (!current) return false
    if (key === 'Tab') {
      if (current.preview) setPreviewing(!isPreviewing)
      else if (!isLoading) onInsert(current)
      return true
    }
    const step = STEPS[key]
    if (step === undefined) return false
    const next = items[(items.indexOf(current) + step + items.length) % items.length]
    if (next) setActive({ typed, id: next.id })
    return true
  }
  useImperativeHandle(ref, () => ({ takeKey }))

  if (!isShown) return null
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only keeps the focus in the field
    <div className="pop completion" ref={list} onMouseDown={(event) => event.preventDefault()}>
      <div className="pop-title">
        {source.icon}
        <span>{source.title}</span>
        {current?.preview && (
          <span className="completion-keys">
            <kbd>Tab</kbd>{' '}
            {isPreviewing ? <Trans>esconde o texto</Trans> : <Trans>mostra o texto todo</Trans>}
          </span>
        )}
      </div>
      {/* It scrolls, so it is focusable; Tab never comes here, because it is taken while there are lines. */}
      {items.length > 0 && (
        <div role="listbox" id={id} tabIndex={0} aria-label={source.title} aria-busy={isLoading}>
          {items.map((item) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the field points at it
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field hears the keys
            <div
              key={item.id}
              id={`${id}-${item.id}`}
              role="option"
              className="pop-item"
              aria-selected={item === current}
              data-focused={item === current || undefined}
              onClick={() => onInsert(item)}
            >
              {isPreviewing && item === current ? item.preview : item.content}
            </div>
          ))}
        </div>
      )}
      <div className="completion-note" role="status">
        {hasFailed && items.length === 0 ? (
          <>
            <Trans>A lista não veio.</Trans>{' '}
            <button type="button" className="link" onClick={retry}>
              <Trans>Tentar de novo</Trans>
            </button>
          </>
        ) : items.length > 0 ? null : isLoading ? (
          <Trans>Carregando…</Trans>
        ) : (
          source.empty?.(typed)
        )}
      </div>
    </div>
  )
}
