/** What is wrong with the passwords of the change dialog, and at which field. */

import { t } from '@lingui/core/macro'
import { Problem, problemText } from '../../lib/problem'

/** As on the server. */
export const MIN_LENGTH = 10
export const MAX_LENGTH = 200

export interface Passwords {
  current: string
  new: string
  repeated: string
}

export interface PasswordRefusal {
  /** Null when no field is to blame. */
  field: keyof Passwords | null
  text: string
}

/** Null when the server may be asked. */
export function checkPasswords(passwords: Passwords): PasswordRefusal | null {
  // The server counts characters, `length` counts UTF-16 units.
  if ([...passwords.new].length < MIN_LENGTH) return tooShort()
  if (passwords.new !== passwords.repeated) {
    return { field: 'repeated', text: t`As duas senhas novas não são iguais.` }
  }
  return null
}

export function toPasswordRefusal(problem: unknown): PasswordRefusal {
  const code = problem instanceof Problem ? problem.code : null
  if (code === 'password_too_short') return tooShort()
  if (code === 'wrong_password') return { field: 'current', text: t`Esta não é a sua senha atual.` }
  return {
    field: code === 'too_many_attempts' ? 'current' : null,
    text: t`Não deu para trocar a senha: ${problemText(problem)}.`,
  }
}

const tooShort = (): PasswordRefusal => ({
  field: 'new',
  text: t`A nova senha precisa de ao menos ${MIN_LENGTH} caracteres.`,
})
