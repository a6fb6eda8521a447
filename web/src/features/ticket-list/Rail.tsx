/** The tickets of a view: squares beside the sheet, rows where there is one pane. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Pin, RotateCw, Timer } from 'lucide-react'
import { type MouseEvent, type ReactNode, useCallback, useEffect, useRef } from 'react'
import type { Ticket, View } from '../../lib/contract'
import { wordsFor } from '../../lib/problem'
import { ticketKey } from '../../lib/ticketKey'
import { shortTime, span, useNow } from '../../lib/time'
import { closesSoon, windowAt } from '../../lib/window'
import { Square } from '../../ui/Avatar'
import { RailBones } from '../../ui/Skeleton'
import { useOrder, useTickets } from './requests/useTickets'
import { SortMenu } from './SortMenu'
import { lastWords, linkName, nameOf } from './ticketText'
import type { Choice } from './useSelection'
import { wordsOf } from './views'

interface RailProps {
  view: View
  meId: string
  selected: string | undefined
  /** Where a ticket of this view is opened; the app knows the paths. */
  linkTo: (conversationId: string) => { to: string; params: Record<string, string> }
  choice: Choice
  /** What stands there while several are chosen. */
  bulk: (tickets: readonly Ticket[], all: () => void) => ReactNode
}

/** So many are asked for at once. */
const MOST_CHOSEN = 100

export function Rail({ view, meId, selected, linkTo, choice, bulk }: RailProps) {
  const { i18n } = useLingui()
  const { tickets, more } = useTickets(view, useOrder(), meId)
  const words = wordsOf(view)
  const items = tickets.data?.items ?? []
  const chosen = choice.on ? items.filter(choice.has) : []

  return (
    <nav className="rail" aria-label={i18n._(words.list)} data-view={view} data-choosing={choice.on}>
      {choice.on && bulk(chosen, () => choice.only(items.slice(0, MOST_CHOSEN)))}
      <SortMenu begin={view === 'closed' || items.length === 0 ? undefined : choice.begin} />
      {tickets.isPending && <RailBones />}
      {tickets.isError && !tickets.data && (
        <div className="rail-note" role="alert">
          <p>
            <Trans>A lista não veio: {wordsFor(tickets.error)}.</Trans>
          </p>
          <button type="button" className="btn btn-sm" onClick={() => void tickets.refetch()}>
            <RotateCw className="i i-sm" aria-hidden="true" />
            <Trans>Tentar</Trans>
          </button>
        </div>
      )}
      {tickets.data?.items.length === 0 && (
        <p className="rail-note">
          <Trans>Ninguém aqui</Trans>
        </p>
      )}
      {tickets.data && tickets.data.items.length > 0 && (
        <Squares
          items={items}
          more={more}
          selected={selected}
          linkTo={linkTo}
          choice={view === 'closed' ? undefined : choice}
        />
      )}
    </nav>
  )
}

interface SquaresProps {
  items: readonly Ticket[]
  more: () => Promise<void>
  selected: string | undefined
  linkTo: RailProps['linkTo']
  /** Without it nothing can be done with several. */
  choice: Choice | undefined
}

function Squares({ items, more, selected, linkTo, choice }: SquaresProps) {
  const { t } = useLingui()
  const box = useRef<HTMLDivElement>(null)
  const now = useNow()
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => 76,
    overscan: 12,
    paddingStart: 4,
    paddingEnd: 28,
    getItemKey: useCallback((at: number) => ticketKey(items[at] as Ticket), [items]),
  })
  const shown = virtual.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0

  useEffect(() => {
    if (last >= items.length - 20) void more()
  }, [last, items.length, more])

  const current = items.findIndex((ticket) => ticket.conversation_id === selected)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new choice is shown; what moves by itself is not chased
  useEffect(() => {
    if (current >= 0) virtual.scrollToIndex(current)
  }, [selected, virtual])

  return (
    <div className="rail-list" ref={box}>
      <ul style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, key, start }) => {
          const ticket = items[index] as Ticket
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              data-current={index === current || undefined}
              style={{ transform: `translateY(${start}px)` }}
            >
              <Item
                ticket={ticket}
                now={now}
                current={index === current}
                link={linkTo(ticket.conversation_id)}
                among={items}
                choice={choice}
              />
              {choice && (
                <input
                  type="checkbox"
                  className="rail-check"
                  aria-label={t`Selecionar ${nameOf(ticket)}`}
                  checked={choice.has(ticket)}
                  onChange={({ nativeEvent }) =>
                    choice.toggle(ticket, (nativeEvent as globalThis.MouseEvent).shiftKey ? items : null)
                  }
                />
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

interface ItemProps {
  ticket: Ticket
  now: number
  current: boolean
  link: { to: string; params: Record<string, string> }
  among: readonly Ticket[]
  choice: Choice | undefined
}

function Item({ ticket, now, current, link, among, choice }: ItemProps) {
  const chooses = (event: MouseEvent) => {
    if (!choice || !(choice.on || event.shiftKey || event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    choice.toggle(ticket, event.shiftKey ? among : null)
  }
  const window = windowAt(ticket.window_ends_at, now)
  const name = nameOf(ticket)
  return (
    <Link
      {...link}
      className={ticket.unanswered ? 'rail-item is-waiting' : 'rail-item'}
      aria-label={linkName(ticket, window)}
      aria-current={current ? 'true' : undefined}
      title={name}
      draggable={false}
      onClick={chooses}
    >
      <Square
        id={ticket.contact.id}
        initials={ticket.contact.initials}
        window={window}
        waiting={ticket.unanswered}
        unread={ticket.unread}
        mark={
          ticket.state !== 'closed' &&
          closesSoon(ticket.window_ends_at, now) && <Timer className="i" aria-hidden="true" />
        }
        corner={ticket.pinned && <Pin className="i" aria-hidden="true" />}
      />
      <span className="rail-name" aria-hidden="true">
        {name.split(/\s+/)[0]}
      </span>
      <span className="rail-words" aria-hidden="true">
        <b dir="auto">{name}</b>
        {ticket.last_message && <time>{shortTime(ticket.last_message.at, now)}</time>}
        <span className="last" dir="auto">
          {lastWords(ticket)}
        </span>
        <span className={`win is-${window.state}`}>
          {window.state === 'closed' ? <Trans>fechada</Trans> : span(window.leftMs, false)}
        </span>
      </span>
    </Link>
  )
}
