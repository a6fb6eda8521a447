/** Words of a message: lines kept, addresses made links; `dir` keeps their direction from spilling over. */

import { Trans } from '@lingui/react/macro'
import { useState } from 'react'

/** Longer than this, a text begins folded: a screenful stands for it. */
const LONG = { characters: 2_000, lines: 30 }
const FOLDED = { characters: 1_500, lines: 20 }

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'…]/g

type Part = { at: number; text: string; link: boolean }

export function partsOf(text: string): Part[] {
  const parts: Part[] = []
  let from = 0
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    if (index > from) parts.push({ at: from, text: text.slice(from, index), link: false })
    parts.push({ at: index, text: address, link: true })
    from = index + address.length
  }
  if (from < text.length) parts.push({ at: from, text: text.slice(from), link: false })
  return parts
}

/** Where the folded text ends, or null for a text that needs no fold. Never inside of what reads as one sign. */
export function foldOf(text: string): number | null {
  if (text.length <= LONG.characters && lineEnd(text, LONG.lines) === text.length) return null
  const end = Math.min(FOLDED.characters, lineEnd(text, FOLDED.lines))
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

export function Text({ children }: { children: string }) {
  const fold = foldOf(children)
  const [open, setOpen] = useState(false)
  if (fold === null) return <Words>{children}</Words>
  return (
    <>
      <Words>{open ? children : `${children.slice(0, fold).trimEnd()}…`}</Words>
      <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? <Trans>Mostrar menos</Trans> : <Trans>Mostrar tudo</Trans>}
      </button>
    </>
  )
}

function Words({ children }: { children: string }) {
  return (
    <span className="words" dir="auto">
      {partsOf(children).map(({ at, text, link }) =>
        link ? (
          <a key={at} href={text} target="_blank" rel="noopener noreferrer nofollow">
            {text}
          </a>
        ) : (
          text
        ),
      )}
    </span>
  )
}
