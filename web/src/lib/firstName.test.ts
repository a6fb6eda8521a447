import { expect, test } from 'vitest'
import { firstNameOf } from './firstName'

test.each([
  ['Marina Duarte', 'Marina'],
  ['🌸 Ana Clara 🌸', 'Ana'],
  ['🌸Ana🌸', 'Ana'],
  ['~*José*~ da Silva', 'José'],
  ['Jose\u0301 da Silva', 'José'],
  ['Dr. Carlos Prado', 'Carlos'],
  ['Sra.', 'Sra'],
  ["Maria-Clara D'Ávila", 'Maria-Clara'],
  ["D'Ávila", "D'Ávila"],
  ['हिन्दी नाम', 'हिन्दी'],
  ['किरणी', 'किरणी'],
  ['2 Irmãos Ltda', 'Irmãos'],
  ['$email {{7*7}}', 'email'],
])('%s is called %s, as the server says', (name, called) => {
  expect(firstNameOf(name)).toBe(called)
})

test.each(['+55 20 98765-0001', '🌸🌸', ''])('%s has no word with a letter, and stands whole', (name) => {
  expect(firstNameOf(name)).toBe(name)
})
