/** The text of a message, with its line breaks and links. `dir` isolates its writing direction. */

import { Trans } from '@lingui/react/macro'
import { useState } from 'react'

/** A longer text is folded at first, to about a screen. */
const FOLD_ABOVE = { characters: 2_000, lines: 30 }
const FOLD_TO = { characters: 1_500, lines: 20 }

const URL_PATTERN = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'…]/g

type Part = { at: number; text: string; href: string | null }

/** The text before `end`, split at its links. A link cut by `end` still leads to its whole URL. */
export function splitLinks(text: string, end = text.length): Part[] {
  const parts: Part[] = []
  const add = (from: number, to: number, href: string | null) => {
    if (from < Math.min(to, end)) parts.push({ at: from, text: text.slice(from, Math.min(to, end)), href })
  }
  let from = 0
  for (const { 0: address, index } of text.matchAll(URL_PATTERN)) {
    if (index >= end) break
    add(from, index, null)
    from = index + address.length
    add(index, from, address)
  }
  add(from, text.length, null)
  return parts
}

/** Where the folded text ends, never inside a grapheme; null for a text that needs no fold. */
export function foldIndex(text: string): number | null {
  if (text.length <= FOLD_ABOVE.characters && lineEnd(text, FOLD_ABOVE.lines) === text.length) return null
  const end = Math.min(FOLD_TO.characters, lineEnd(text, FOLD_TO.lines))
  return new Intl.Segmenter().segment(text).containing(end)?.index || end
}

function lineEnd(text: string, lines: number): number {
  let end = -1
  for (let n = 0; n < lines; n++) {
    end = text.indexOf('\n', end + 1)
    if (end < 0) return text.length
  }
  return end
}

export function MessageText({ children }: { children: string }) {
  const fold = foldIndex(children)
  const [isExpanded, setExpanded] = useState(false)
  if (fold === null) return <TextParts parts={splitLinks(children)} />
  return (
    <>
      <TextParts parts={splitLinks(children, isExpanded ? children.length : fold)} isCut={!isExpanded} />
      <button
        type="button"
        className="fold"
        aria-expanded={isExpanded}
        onClick={() => setExpanded(!isExpanded)}
      >
        {isExpanded ? <Trans>Mostrar menos</Trans> : <Trans>Mostrar tudo</Trans>}
      </button>
    </>
  )
}

function TextParts({ parts, isCut = false }: { parts: Part[]; isCut?: boolean }) {
  return (
    <span className="words" dir="auto">
      {parts.map(({ at, text, href }) =>
        href ? (
          <a key={at} href={href} target="_blank" rel="noopener noreferrer nofollow">
            {text}
          </a>
        ) : (
          text
        ),
      )}
      {isCut && '…'}
    </span>
  )
}
