/** The law of the live page: old page + events = fresh page, however late the page arrives. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { change, message, ticket } from '../test/samples'
import type { Change, Message, Ticket, View } from './contract'
import { fetchWithChanges, publishChange } from './live/changeBuffer'
import {
  appendNext,
  applyToConversation,
  applyToThread,
  applyToTicketList,
  compareMessages,
  isInView,
  prependOlder,
  type Thread,
  type TicketList,
} from './merge'
import { compareTickets, DEFAULT_ORDER, type Order, type Sort } from './order'

/** A server that keeps all its past states, and the change that led to each. */
interface Server {
  messages: Message[][]
  tickets: Ticket[][]
  changes: Change[]
}

const seconds = fc.integer({ min: 0, max: 9 }).map((n) => `2026-03-11T12:00:0${n}Z`)

const steps = fc.array(
  fc.oneof(
    fc.record({ what: fc.constant('message' as const), at: seconds }),
    fc.record({
      what: fc.constant('status' as const),
      which: fc.nat(30),
      status: fc.constantFrom('sent', 'delivered', 'read'),
    }),
    fc.record({
      what: fc.constant('ticket' as const),
      which: fc.nat(6),
      state: fc.constantFrom('bot', 'queue', 'open', 'snoozed', 'closed'),
      owner: fc.constantFrom('ana', 'bruno'),
      at: seconds,
      queued: seconds,
      waits: fc.option(seconds),
      name: fc.constantFrom('Érica', 'Zeca', 'ana'),
    }),
    fc.record({ what: fc.constant('gone' as const), which: fc.nat(6) }),
  ),
  { maxLength: 40 },
)

function runScript(script: typeof steps extends fc.Arbitrary<infer Steps> ? Steps : never): Server {
  const server: Server = { messages: [[]], tickets: [[]], changes: [] }
  for (const step of script) {
    const messages = server.messages.at(-1) ?? []
    const tickets = server.tickets.at(-1) ?? []
    let update = change()
    if (step.what === 'message') {
      const position = server.changes.length + 1
      update = change({ messages: [message({ id: `m${position}`, position, sent_at: step.at })] })
    } else if (step.what === 'status') {
      const known = messages[step.which % Math.max(1, messages.length)]
      if (known) update = change({ messages: [{ ...known, status: step.status as Message['status'] }] })
    } else if (step.what === 'ticket') {
      const row = ticket({ conversation_id: `c${step.which}`, state: step.state as Ticket['state'] })
      row.owner = { id: step.owner, name: step.owner }
      row.contact = { ...row.contact, name: step.name }
      row.queued_at = step.queued
      row.unanswered_since = step.waits
      row.unanswered = step.waits !== null
      row.last_message = { text: '', type: 'text', direction: 'in', at: step.at, position: 0 }
      update = change({ tickets: [row] })
    } else update = change({ gone: [{ conversation_id: `c${step.which}`, number: 1 }] })
    server.messages.push(upserted(messages, update.messages, (row) => row.id))
    const lost = new Set(update.gone.map((row) => row.conversation_id))
    const kept = tickets.filter((row) => !lost.has(row.conversation_id))
    server.tickets.push(upserted(kept, update.tickets, (row) => row.conversation_id))
    server.changes.push(update)
  }
  return server
}

const upserted = <Row>(current: Row[], rows: Row[], key: (row: Row) => string): Row[] => [
  ...current.filter((row) => !rows.some((one) => key(one) === key(row))),
  ...rows,
]

function threadPage(server: Server, when: number, size: number): Thread {
  const all = [...(server.messages[when] ?? [])].sort(compareMessages)
  return { items: all.slice(-size), older: all.length > size ? 'older' : null }
}

function listPage(server: Server, when: number, view: View, order: Order): TicketList {
  const all = (server.tickets[when] ?? [])
    .filter((row) => isInView(row, view, 'ana'))
    .sort(compareTickets(order))
  return { items: all, next: null }
}

describe('old page + events = fresh page', () => {
  test('for the messages of a thread, from its oldest loaded one on', () => {
    fc.assert(
      fc.property(steps, fc.nat(100), fc.nat(100), fc.integer({ min: 1, max: 50 }), (script, a, b, size) => {
        const server = runScript(script)
        const end = server.changes.length
        // Requested at `asked`, answered at `read`: the changes in between arrive too.
        const asked = a % (end + 1)
        const read = asked + (b % (end - asked + 1))
        const page = threadPage(server, read, size)
        const shown = server.changes
          .slice(asked)
          .reduce((current, update) => applyToThread(current, update, 'c1'), page)
        const fresh = threadPage(server, end, Number.MAX_SAFE_INTEGER).items
        const oldest = page.items[0]
        const loaded = page.older && oldest ? fresh.filter((row) => compareMessages(row, oldest) >= 0) : fresh
        expect(shown.items).toEqual(loaded)
      }),
    )
  })

  test('for every view of the tickets, in every order', () => {
    const view = fc.constantFrom<View>('mine', 'queue', 'snoozed', 'closing', 'bot', 'closed', 'all')
    const order = fc.record({
      sort: fc.constantFrom<Sort>('newest', 'waiting', 'window', 'queued', 'name'),
      unanswered_first: fc.boolean(),
    })
    fc.assert(
      fc.property(steps, fc.nat(100), fc.nat(100), view, order, (script, a, b, one, by) => {
        const server = runScript(script)
        const end = server.changes.length
        const asked = a % (end + 1)
        const read = asked + (b % (end - asked + 1))
        const page = listPage(server, read, one, by)
        const shown = server.changes
          .slice(asked)
          .reduce((current, update) => applyToTicketList(current, update, one, by, 'ana'), page)
        expect(shown).toEqual(listPage(server, end, one, by))
      }),
    )
  })

  test('and applying the same change again changes nothing', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const server = runScript(script)
        const fold = (from: Thread) =>
          server.changes.reduce((current, update) => applyToThread(current, update, 'c1'), from)
        const once = fold({ items: [], older: null })
        const last = server.changes.at(-1)
        if (last) expect(applyToThread(once, last, 'c1')).toEqual(once)
      }),
    )
  })
})

test('changes that arrive while a page is fetched are applied to it', async () => {
  const page: Thread = { items: [message()], older: null }
  const update = change({ messages: [message({ id: 'm2', position: 2, sent_at: '2026-03-11T12:00:05Z' })] })
  const shown = await fetchWithChanges(
    async () => {
      publishChange(update)
      return page
    },
    (thread, change) => applyToThread(thread, change, 'c1'),
  )
  expect(shown.items.map((row) => row.id)).toEqual(['m1', 'm2'])
})

test('a message before the loaded part waits for its own page', () => {
  const current: Thread = { items: [message({ sent_at: '2026-03-11T12:00:05Z' })], older: 'cursor' }
  const early = message({ id: 'm0', sent_at: '2026-03-11T12:00:01Z' })
  expect(applyToThread(current, change({ messages: [early] }), 'c1')).toBe(current)
  expect(prependOlder(current, { items: [early], older: null })).toEqual({
    items: [early, ...current.items],
    older: null,
  })
})

test('a later page never overwrites a newer row', () => {
  const newer = ticket({ unread: 3 })
  const current: TicketList = { items: [newer], next: 'cursor' }
  const page: TicketList = { items: [ticket({ unread: 0 })], next: null }
  expect(appendNext(current, page, DEFAULT_ORDER)).toEqual({ items: [newer], next: null })
})

test('a conversation shows its newest ticket', () => {
  const first = ticket({ state: 'closed' })
  const current = {
    ticket: first,
    contact: first.contact,
    channel: { id: 'c1', name: 'Atendimento', has_bot: false },
    contact_card: {
      ...first.contact,
      version: 1,
      email: null,
      attributes: {},
      lines: [],
      hand_off_reason: null,
      variables: null,
    },
    window: { open: true, ends_at: first.window_ends_at },
    read_until: null,
    access: 'full' as const,
    stale: false,
  }
  const second = ticket({ number: 2, state: 'queue' })
  const shown = applyToConversation(current, change({ tickets: [second, ticket({ state: 'bot' })] }))
  expect(shown.ticket).toBe(second)
  const handedOn = ticket({ number: 2, owner: { id: 'bruno', name: 'Bruno Sá' } })
  expect(applyToConversation(shown, change({ participating: [handedOn] })).ticket).toBe(handedOn)
})

test('a ticket that one only takes part in comes into no list, and its messages into the thread', () => {
  const row = ticket({ owner: { id: 'bruno', name: 'Bruno Sá' } })
  const update = change({ participating: [row], messages: [message()] })
  const empty: TicketList = { items: [], next: null }
  expect(applyToTicketList(empty, update, 'all', DEFAULT_ORDER, 'ana')).toBe(empty)
  expect(applyToThread({ items: [], older: null }, update, 'c1').items).toHaveLength(1)
  const erased = ticket({ contact: { ...row.contact, erased: true } })
  const after = applyToThread({ items: [message()], older: null }, change({ participating: [erased] }), 'c1')
  expect(after.items.map(({ text }) => text)).toEqual([null])
})

test('once a customer is erased, their messages have no words, whichever comes first', () => {
  const said = message({ id: 'm1', text: 'segredo', provider_id: 'wamid.1' })
  const note = message({ id: 'n1', direction: 'internal', author: { kind: 'agent', name: 'Ana Lima' } })
  const contact = { id: 'k1', name: '', initials: '?', phone: null, erased: true }
  const erased = change({ tickets: [ticket({ state: 'closed', contact })] })
  const after = applyToThread({ items: [said, note], older: null }, erased, 'c1')
  expect(after.items.map(({ text, author }) => [text, author.name])).toEqual([
    [null, null],
    [null, 'Ana Lima'],
  ])
  expect(JSON.stringify(after)).not.toMatch(/segredo|wamid|Rosa/)
  expect(applyToThread(after, erased, 'c1')).toEqual(after)
  const other = { items: [said], older: null }
  expect(applyToThread(other, erased, 'c2')).toEqual(other)
})
