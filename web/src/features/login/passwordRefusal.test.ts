import { describe, expect, test } from 'vitest'
import { Problem } from '../../lib/problem'
import { checkPasswords, toPasswordRefusal } from './passwordRefusal'

describe('before the server is asked', () => {
  const check = (chosen: string, repeated = chosen) =>
    checkPasswords({ current: 'segredo', new: chosen, repeated })

  test('ten characters, twice the same, may be sent', () => {
    expect(check('0123456789')).toBeNull()
  })

  test('a password with fewer characters is too short, however many bytes they take', () => {
    expect(check('012345678')?.field).toBe('new')
    expect(check('🗝️🗝️🗝️🗝️')?.field).toBe('new')
  })

  test('spaces count, also at the ends', () => {
    expect(check('  01234567')).toBeNull()
    expect(check('0123456789', '0123456789 ')?.field).toBe('repeated')
  })
})

describe('what the server refuses', () => {
  test.each([
    [422, 'password_too_short', 'new', 'A nova senha precisa de ao menos 10 caracteres.'],
    [403, 'wrong_password', 'current', 'Esta não é a sua senha atual.'],
    [
      429,
      'too_many_attempts',
      'current',
      'Não deu para trocar a senha: muitas tentativas; tente de novo em 1 minuto.',
    ],
    [503, 'unavailable', null, 'Não deu para trocar a senha: o servidor teve um problema.'],
    [0, 'unreachable', null, 'Não deu para trocar a senha: o servidor não respondeu.'],
  ])('%i %s is said at the field it is about: %s', (status, code, field, text) => {
    expect(toPasswordRefusal(new Problem(status, code))).toEqual({ field, text })
  })
})
