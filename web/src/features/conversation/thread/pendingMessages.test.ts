/** Which outgoing messages are drawn below the thread. */

import { expect, test } from 'vitest'
import { message } from '../../../test/samples'
import type { OutgoingMessage } from '../outbox/outbox'
import { pendingMessages } from './pendingMessages'
import { toRows } from './rows'

const outgoing = (given: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  key: 'w1',
  conversationId: 'c1',
  text: 'Bom dia!',
  at: '2026-03-11T12:00:10.500Z',
  after: 5,
  messageId: null,
  refused: null,
  ...given,
})

const stored = (given: Parameters<typeof message>[0] = {}) =>
  message({
    id: 'stored',
    direction: 'out',
    author: { kind: 'agent', name: 'Ana Lima' },
    text: 'Bom dia!',
    position: 6,
    status: 'pending',
    ...given,
  })

test('an outgoing message is shown until the thread has it', () => {
  const one = outgoing({ messageId: 'stored' })
  expect(pendingMessages([one], [])).toEqual([one])
  expect(pendingMessages([one], [stored()])).toEqual([])
})

test('a message that the stream brings before the response is not shown twice', () => {
  expect(pendingMessages([outgoing()], [stored()])).toEqual([])
})

test('an earlier message with the same text is another message', () => {
  const one = outgoing()
  expect(pendingMessages([one], [stored({ position: 4 })])).toEqual([one])
})

test('the same text sent twice is two messages', () => {
  const second = outgoing({ key: 'w2' })
  expect(pendingMessages([outgoing({ messageId: 'stored' }), second], [stored()])).toEqual([second])
})

test('a refused message stays, as failed', () => {
  const refused = outgoing({ refused: { status: 409, code: 'window_closed' } })
  expect(pendingMessages([refused], [stored()])).toEqual([refused])
  expect(toRows([], [refused], 'Ana Lima')[0]?.message.status).toBe('failed')
})

test('messages of one author form a group, and a new day starts another', () => {
  const rows = toRows(
    [
      message({ id: 'a', sent_at: '2026-03-10T15:00:00Z' }),
      message({ id: 'b', sent_at: '2026-03-11T15:00:00Z' }),
      message({ id: 'c', sent_at: '2026-03-11T15:00:01Z' }),
      stored({ id: 'd', sent_at: '2026-03-11T15:00:02Z' }),
    ],
    [],
    'Ana Lima',
  )
  expect(rows.map((row) => [row.opensDay, row.opensGroup, row.closesGroup])).toEqual([
    [true, true, true],
    [true, true, false],
    [false, false, true],
    [false, true, true],
  ])
})
