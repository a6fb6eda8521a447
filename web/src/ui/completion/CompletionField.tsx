/**
 * A text field with lists: a sign such as `/` or `$` opens the one of its source above the field, arrows choose, Enter
 * inserts, Escape closes. Marks are drawn behind the text, so that the field stays a plain one for those who cannot see.
 */

import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { CompletionList, type CompletionListHandle } from './CompletionList'
import { insertText } from './insertText'
import type { Completion, CompletionSource } from './source'
import { replacedUntil } from './words'

/** A part of the text that is drawn on a ground of its own. */
export interface Mark {
  start: number
  end: number
  className: string
}

export interface CompletionFieldHandle {
  focus: () => void
  /** Inserts at the cursor. */
  insert: (text: string) => void
  /** Opens the list of a source without its sign: what is typed from here on filters it. */
  open: (sourceId: string) => void
  /** Replaces a part of the text. */
  replace: (start: number, end: number, text: string) => void
  /** Selects a part of the text. */
  select: (start: number, end: number) => void
}

interface CompletionFieldProps {
  ref?: Ref<CompletionFieldHandle>
  id?: string
  className: string
  label?: string
  describedBy?: string
  placeholder?: string
  rows?: number
  isInvalid?: boolean
  value: string
  onChange: (text: string) => void
  /** Enter without Shift; a line break where it is missing. */
  onEnter?: () => void
  sources: readonly CompletionSource[]
  marks?: readonly Mark[]
}

export function CompletionField({
  ref,
  id,
  className,
  label,
  describedBy,
  placeholder,
  rows = 1,
  isInvalid,
  value,
  onChange,
  onEnter,
  sources,
  marks = [],
}: CompletionFieldProps) {
  const listId = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const list = useRef<CompletionListHandle>(null)
  const [cursor, setCursor] = useState(0)
  const [hasFocus, setFocus] = useState(false)
  /** The list that was opened by a button, and where the cursor was. */
  const [opened, setOpened] = useState<{ sourceId: string; at: number } | null>(null)
  /** Where the word begins whose list was closed. */
  const [closedAt, setClosedAt] = useState<number | null>(null)
  const [activeId, setActiveId] = useState<string | null>(null)

  const before = value.slice(0, cursor)
  const word = opened
    ? wordBehind(sources, opened, before)
    : (sources.map((source) => ({ source, ...source.find(before) })).find(isFound) ?? null)
  const shown = hasFocus && word && word.start !== closedAt ? word : null

  const close = () => {
    setOpened(null)
    setClosedAt(word && !opened ? word.start : null)
  }
  const insert = (completion: Completion) => {
    if (!field.current || !shown) return
    const { start } = shown
    const end = replacedUntil(value, cursor, completion.text)
    setOpened(null)
    insertText(field.current, start, end, completion.text)
    // What was inserted may itself look like a word to complete.
    setClosedAt(start)
    completion.onInsert?.(start)
  }
  useImperativeHandle(ref, () => ({
    focus: () => field.current?.focus({ preventScroll: true }),
    insert: (text) => {
      const { current } = field
      if (current) insertText(current, current.selectionStart, current.selectionEnd, text)
    },
    open: (sourceId) => {
      const { current } = field
      if (!current) return
      current.focus({ preventScroll: true })
      setFocus(true)
      setCursor(current.selectionEnd)
      current.setSelectionRange(current.selectionEnd, current.selectionEnd)
      setOpened({ sourceId, at: current.selectionEnd })
    },
    replace: (start, end, text) => {
      if (!field.current) return
      insertText(field.current, start, end, text)
      setClosedAt(start)
    },
    select: (start, end) => {
      field.current?.focus()
      field.current?.setSelectionRange(start, end)
    },
  }))

  const onKeyDown = (event: KeyboardEvent) => {
    // A key that accepts a suggestion of an input method is for nobody else.
    if (event.nativeEvent.isComposing) return
    if (shown && list.current?.takeKey(event)) {
      event.preventDefault()
      event.stopPropagation()
    } else if (event.key === 'Enter' && !event.shiftKey && onEnter) {
      event.preventDefault()
      onEnter()
    }
  }
  const textarea = (
    <textarea
      ref={field}
      id={id}
      className={className}
      aria-label={label}
      aria-describedby={describedBy}
      aria-autocomplete="list"
      aria-haspopup="listbox"
      aria-controls={activeId ? listId : undefined}
      aria-activedescendant={activeId ?? undefined}
      aria-invalid={isInvalid || undefined}
      placeholder={placeholder}
      rows={rows}
      value={value}
      onChange={(event) => {
        const { value: next, selectionEnd } = event.target
        // What was taken back is selected; the cursor goes behind it, as it was when that was typed.
        const undone = isUndo(event.nativeEvent)
        if (undone) event.target.setSelectionRange(selectionEnd, selectionEnd)
        onChange(next)
        setCursor(selectionEnd)
        if (undone || !sources.some(({ find }) => find(next.slice(0, selectionEnd)))) setClosedAt(null)
      }}
      onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
      onFocus={() => setFocus(true)}
      onBlur={() => {
        setFocus(false)
        setOpened(null)
      }}
      onKeyDown={onKeyDown}
    />
  )
  return (
    <div className="completing">
      <Marked text={value} marks={marks} className={className}>
        {textarea}
      </Marked>
      {shown && (
        <CompletionList
          key={shown.source.id}
          ref={list}
          source={shown.source}
          typed={shown.typed}
          id={listId}
          onInsert={insert}
          onClose={close}
          onEnter={onEnter}
          onActive={setActiveId}
        />
      )}
    </div>
  )
}

const isUndo = (event: Event): boolean => event instanceof InputEvent && event.inputType === 'historyUndo'

interface FoundWord {
  source: CompletionSource
  start: number
  typed: string
}

const isFound = (word: Partial<FoundWord>): word is FoundWord => word.start !== undefined

/** What was typed since the button was pressed, in the same line. */
function wordBehind(
  sources: readonly CompletionSource[],
  { sourceId, at }: { sourceId: string; at: number },
  before: string,
): FoundWord | null {
  const source = sources.find((one) => one.id === sourceId)
  const typed = before.slice(at)
  return source && before.length >= at && !typed.includes('\n') ? { source, start: at, typed } : null
}

/** Draws the marks behind the field, in a copy of its text that wraps and scrolls as it does. */
function Marked({
  text,
  marks,
  className,
  children,
}: {
  text: string
  marks: readonly Mark[]
  className: string
  children: ReactNode
}) {
  const box = useRef<HTMLDivElement>(null)
  const copy = useRef<HTMLDivElement>(null)
  const isMarked = marks.length > 0
  useLayoutEffect(() => {
    const field = box.current?.querySelector('textarea')
    if (!isMarked || !field) return
    const follow = () => {
      if (!copy.current) return
      copy.current.style.width = `${field.clientWidth}px`
      copy.current.style.height = `${field.clientHeight}px`
      copy.current.scrollTop = field.scrollTop
    }
    const resized = new ResizeObserver(follow)
    resized.observe(field)
    field.addEventListener('scroll', follow)
    field.addEventListener('input', follow)
    follow()
    return () => {
      resized.disconnect()
      field.removeEventListener('scroll', follow)
      field.removeEventListener('input', follow)
    }
  }, [isMarked])
  return (
    <div className="marked" ref={box}>
      {isMarked && (
        <div className={`${className} marks`} ref={copy} aria-hidden="true">
          {pieces(text, marks)}
          {/* A line break at the end has a line only when something follows. */}
          {'\u200b'}
        </div>
      )}
      {children}
    </div>
  )
}

function pieces(text: string, marks: readonly Mark[]): ReactNode[] {
  let from = 0
  const drawn: ReactNode[] = []
  for (const { start, end, className } of [...marks].sort((a, b) => a.start - b.start)) {
    if (start < from) continue
    drawn.push(
      text.slice(from, start),
      <span key={start} className={className}>
        {text.slice(start, end)}
      </span>,
    )
    from = end
  }
  return [...drawn, text.slice(from)]
}
