/** The tickets selected for a bulk action. */

import { useEffect, useRef, useState } from 'react'
import type { Ticket, View } from '../../lib/contract'

export interface Selection {
  /** While active, a click selects a ticket instead of opening it. */
  active: boolean
  isSelected: (ticket: Ticket) => boolean
  /** Adds or removes a ticket; with `among`, adds all from the last toggled one to it. */
  toggle: (ticket: Ticket, among: readonly Ticket[] | null) => void
  replace: (tickets: readonly Ticket[]) => void
  start: () => void
}

const idOf = (ticket: Ticket): string => ticket.conversation_id
const NONE: ReadonlySet<string> = new Set()

/** A selection belongs to one view; another view starts with none. */
export function useSelection(view: View): Selection {
  const [ids, setIds] = useState(NONE)
  const [selectionView, setSelectionView] = useState<View | null>(null)
  const lastToggled = useRef<string>(undefined)
  const active = selectionView === view
  const selectedIds = active ? ids : NONE

  const update = (next: ReadonlySet<string>, keepActive: boolean) => {
    setIds(next)
    setSelectionView(keepActive ? view : null)
  }
  const toggle = (ticket: Ticket, among: readonly Ticket[] | null) => {
    const next = new Set(selectedIds)
    const at = (id: string | undefined) => among?.findIndex((one) => idOf(one) === id) ?? -1
    const [from, to] = [at(lastToggled.current), at(idOf(ticket))]
    if (among && from >= 0 && to >= 0) {
      for (const one of among.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(idOf(one))
    } else if (!next.delete(idOf(ticket))) next.add(idOf(ticket))
    lastToggled.current = idOf(ticket)
    update(next, next.size > 0)
  }

  useEffect(() => {
    if (!active) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) setSelectionView(null)
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [active])

  return {
    active,
    isSelected: (ticket) => selectedIds.has(idOf(ticket)),
    toggle,
    replace: (tickets) => update(new Set(tickets.map(idOf)), tickets.length > 0),
    start: () => update(NONE, true),
  }
}
