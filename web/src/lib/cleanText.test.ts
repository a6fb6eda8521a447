import { describe, expect, it } from 'vitest'
import { cleanText } from './cleanText'
import cases from './cleanText.cases.json'

describe('cleanText', () => {
  it.each(cases)('cleans $typed as the server does', ({ typed, clean }) => {
    expect(cleanText(typed)).toBe(clean)
  })
})
