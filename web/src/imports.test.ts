/** Which folder imports which: features do not import each other, and what is below does not import what is above. */

import { expect, test } from 'vitest'

const sources = import.meta.glob<string>(['./**/*.{ts,tsx}', '!./api/**', '!./**/*.test.*'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** Folders of `features/conversation/` that import another one; its loose files are for all of them. */
const SIBLINGS: Record<string, readonly string[]> = {
  actions: ['history'],
  composer: ['outbox'],
  thread: ['outbox'],
}
/** The loose files of `features/conversation/` that join its folders. */
const JOINS = ['features/conversation/TicketSheet.tsx', 'features/conversation/index.ts']

interface Import {
  file: string
  target: string
}

const imports: readonly Import[] = Object.entries(sources).flatMap(([path, source]) => {
  const file = path.slice('./'.length)
  const targets = source.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']*)'/g)
  return [...targets].map(([, target]) => ({ file, target: resolve(file, target as string) }))
})

function resolve(file: string, target: string): string {
  return new URL(target, `file:///${file}`).pathname.slice(1)
}

/** `features/admin` for a file of that feature, else the first folder. */
function room(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'features' ? `${first}/${second}` : first
}

const written = ({ file, target }: Import): string => `${file} imports ${target}`
const between = (wrong: (one: Import) => boolean): string[] => imports.filter(wrong).map(written)

test('all files are read, and their imports found', () => {
  expect(imports).toContainEqual({ file: 'app/router.tsx', target: 'features/phone/PhonePage' })
  expect(imports).toContainEqual({ file: 'main.tsx', target: 'styles/index.css' })
})

test('features do not import each other, nor the app', () => {
  const isAbove = (target: string) => /^(features|app)\//.test(target)
  const wrong = between(
    ({ file, target }) => file.startsWith('features/') && isAbove(target) && room(target) !== room(file),
  )
  expect(wrong).toEqual([])
})

test('ui imports only lib, and lib only the API client', () => {
  const below: Record<string, readonly string[]> = {
    ui: ['ui', 'lib', 'api'],
    lib: ['lib', 'api', 'locales'],
  }
  const wrong = between(({ file, target }) => {
    const allowed = below[room(file)]
    return allowed !== undefined && !allowed.includes(room(target))
  })
  expect(wrong).toEqual([])
})

test('only main imports the app', () => {
  expect(
    between(({ file, target }) => room(target) === 'app' && room(file) !== 'app' && file !== 'main.tsx'),
  ).toEqual([])
})

test('the folders of the conversation import its loose files, and each other only where listed', () => {
  const folder = (path: string): string | null => /^features\/conversation\/([^/]+)\//.exec(path)?.[1] ?? null
  const wrong = between(({ file, target }) => {
    const to = folder(target)
    if (!file.startsWith('features/conversation/') || to === null || JOINS.includes(file)) return false
    const from = folder(file)
    return from === null || (from !== to && !SIBLINGS[from]?.includes(to))
  })
  expect(wrong).toEqual([])
  const joins = between(
    ({ file, target }) =>
      folder(file) !== null && JOINS.some((join) => join.replace(/\.tsx?$/, '') === target),
  )
  expect(joins).toEqual([])
})
