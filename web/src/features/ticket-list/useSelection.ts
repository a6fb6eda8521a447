/** Which tickets of a list are meant together. */

import { useEffect, useRef, useState } from 'react'
import type { Ticket, View } from '../../lib/contract'

export interface Choice {
  /** While it is on, a click chooses instead of opening. */
  on: boolean
  has: (ticket: Ticket) => boolean
  /** Puts one in or out; with `among` all from the last one to it. */
  toggle: (ticket: Ticket, among: readonly Ticket[] | null) => void
  only: (tickets: readonly Ticket[]) => void
  begin: () => void
}

const idOf = (ticket: Ticket): string => ticket.conversation_id
const NOBODY: ReadonlySet<string> = new Set()

/** A choice belongs to one view: in another nothing is chosen. */
export function useChoice(view: View): Choice {
  const [ids, setIds] = useState(NOBODY)
  const [where, setWhere] = useState<View | null>(null)
  const last = useRef<string>(undefined)
  const on = where === view
  const chosen = on ? ids : NOBODY

  const put = (next: ReadonlySet<string>, goesOn: boolean) => {
    setIds(next)
    setWhere(goesOn ? view : null)
  }
  const toggle = (ticket: Ticket, among: readonly Ticket[] | null) => {
    const next = new Set(chosen)
    const at = (id: string | undefined) => among?.findIndex((one) => idOf(one) === id) ?? -1
    const [from, to] = [at(last.current), at(idOf(ticket))]
    if (among && from >= 0 && to >= 0) {
      for (const one of among.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(idOf(one))
    } else if (!next.delete(idOf(ticket))) next.add(idOf(ticket))
    last.current = idOf(ticket)
    put(next, next.size > 0)
  }

  useEffect(() => {
    if (!on) return
    const end = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) setWhere(null)
    }
    addEventListener('keydown', end)
    return () => removeEventListener('keydown', end)
  }, [on])

  return {
    on,
    has: (ticket) => chosen.has(idOf(ticket)),
    toggle,
    only: (tickets) => put(new Set(tickets.map(idOf)), tickets.length > 0),
    begin: () => put(NOBODY, true),
  }
}
