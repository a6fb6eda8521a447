import { expect, test } from 'vitest'
import { initialsOf } from './AgentAvatar'

test.each([
  ['Ana Lima', 'AL'],
  ['ana', 'A'],
  ['Érica Kubo 🌻', 'ÉK'],
  ['🌻 Érica', 'É'],
  ['E\u0301rica', 'É'],
  ['“Zé” (Loja 2)', 'Z2'],
  ['𝒜lba 𠮷田', '𝒜𠮷'],
  ['ßeta', 'S'],
  ['🌻 🌻', '?'],
  ['  ', '?'],
])('the initials of %j are %j', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})
