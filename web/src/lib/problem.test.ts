import { expect, test } from 'vitest'
import { problemText, unwrap } from './problem'

test.each([
  ['30', 'muitas tentativas; tente de novo em 1 minuto'],
  ['61', 'muitas tentativas; tente de novo em 2 minutos'],
  ['3540', 'muitas tentativas; tente de novo em 59 minutos'],
  [null, 'muitas tentativas; tente de novo em 1 minuto'],
])('after too many attempts the server says to wait %s s: %s', async (wait, text) => {
  const response = new Response(null, { status: 429, headers: wait ? { 'Retry-After': wait } : {} })
  const answer = Promise.resolve({ error: { code: 'too_many_attempts' }, response })
  await unwrap(answer).then(
    () => expect.unreachable(),
    (problem) => expect(problemText(problem)).toBe(text),
  )
})
