import { describe, expect, it } from 'vitest'
import { countCharacters } from './countCharacters'
import { foldName, isName, namesIn, type Part, parse, printParts, resolve } from './variables'
import cases from './variables.cases.json'

/** The table counts characters, as the server does. */
const inCharacters = (text: string, part: Part): Part =>
  typeof part === 'string'
    ? part
    : {
        ...part,
        start: countCharacters(text.slice(0, part.start)),
        end: countCharacters(text.slice(0, part.end)),
      }

describe('variables', () => {
  it.each(cases.texts)('reads $text as the server does', ({ text, parts, printed }) => {
    const read = parse(text)
    expect(read.map((part) => inCharacters(text, part))).toEqual(parts)
    expect(printParts(read)).toBe(printed)
    expect(printParts(parse(printed))).toBe(printed)
  })

  it.each(cases.resolved)('resolves $text as the server does', ({ text, values, resolved, missing }) => {
    const answer = resolve(text, new Map(Object.entries(values)))
    expect(answer.text).toBe(resolved)
    expect(answer.missing.map((each) => inCharacters(resolved, each))).toEqual(missing)
  })

  it('names each variable of a text once', () => {
    expect(namesIn('$nome, $email, $NOME e $$outro')).toEqual(['nome', 'email'])
  })

  it('knows what can be a name', () => {
    expect(foldName('ＣÓdigo_Ab')).toBe('codigo_ab')
    expect(isName('primeiro_nome')).toBe(true)
    for (const name of ['', '_a', 'a_', '1a', 'a b', '__proto__', 'straße', 'a\n', 'a'.repeat(41)])
      expect(isName(name)).toBe(false)
  })
})
