/** Which outgoing messages are drawn below the thread. */

import { expect, test } from 'vitest'
import { message } from '../../../test/samples'
import type { OutgoingMessage } from '../outbox/outbox'
import { pendingMessages } from './pendingMessages'
import { toRows } from './rows'

const written = (given: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  key: 'w1',
  conversationId: 'c1',
  text: 'Bom dia!',
  at: '2026-03-11T12:00:10.500Z',
  after: 5,
  messageId: null,
  refused: null,
  ...given,
})

const said = (given: Parameters<typeof message>[0] = {}) =>
  message({
    id: 'said',
    direction: 'out',
    author: { kind: 'agent', name: 'Ana Lima' },
    text: 'Bom dia!',
    position: 6,
    status: 'pending',
    ...given,
  })

test('a written text is shown until the thread has it', () => {
  const one = written({ messageId: 'said' })
  expect(pendingMessages([one], [])).toEqual([one])
  expect(pendingMessages([one], [said()])).toEqual([])
})

test('the stream may be faster than the answer: it is not drawn twice', () => {
  expect(pendingMessages([written()], [said()])).toEqual([])
})

test('the same words said earlier are another message', () => {
  const one = written()
  expect(pendingMessages([one], [said({ position: 4 })])).toEqual([one])
})

test('the same words written twice are two messages', () => {
  const second = written({ key: 'w2' })
  expect(pendingMessages([written({ messageId: 'said' }), second], [said()])).toEqual([second])
})

test('what was refused stays, with its reason', () => {
  const refused = written({ refused: { status: 409, code: 'window_closed' } })
  expect(pendingMessages([refused], [said()])).toEqual([refused])
  expect(toRows([], [refused], 'Ana Lima')[0]?.message.status).toBe('failed')
})

test('messages of one author form a group, a new day opens another', () => {
  const rows = toRows(
    [
      message({ id: 'a', sent_at: '2026-03-10T15:00:00Z' }),
      message({ id: 'b', sent_at: '2026-03-11T15:00:00Z' }),
      message({ id: 'c', sent_at: '2026-03-11T15:00:01Z' }),
      said({ id: 'd', sent_at: '2026-03-11T15:00:02Z' }),
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
