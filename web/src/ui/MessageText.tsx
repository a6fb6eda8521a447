/** Words of a message: lines kept, addresses made links; `dir` keeps their direction from spilling over. */

import { Trans } from '@lingui/react/macro'
import { useState } from 'react'

/** Longer than this, a text begins folded: a screenful stands for it. */
const LONG = { characters: 2_000, lines: 30 }
const FOLDED = { characters: 1_500, lines: 20 }

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'…]/g

type Part = { at: number; text: string; href: string | null }

/** The words before `end`. An address that ends later still leads to the whole of it. */
export function partsOf(text: string, end = text.length): Part[] {
  const parts: Part[] = []
  const add = (from: number, to: number, href: string | null) => {
    if (from < Math.min(to, end)) parts.push({ at: from, text: text.slice(from, Math.min(to, end)), href })
  }
  let from = 0
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    if (index >= end) break
    add(from, index, null)
    from = index + address.length
    add(index, from, address)
  }
  add(from, text.length, null)
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
  if (fold === null) return <Words parts={partsOf(children)} />
  return (
    <>
      <Words parts={partsOf(children, open ? children.length : fold)} cut={!open} />
      <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? <Trans>Mostrar menos</Trans> : <Trans>Mostrar tudo</Trans>}
      </button>
    </>
  )
}

function Words({ parts, cut = false }: { parts: Part[]; cut?: boolean }) {
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
      {cut && '…'}
    </span>
  )
}
