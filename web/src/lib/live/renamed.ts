/** Names of teams, agents and channels in what was fetched: rows have them beside the id. */

import type { Change } from '../contract'

type Directory = Change['directory']

/** The same data with the names that these have now; the same object when nothing differs. */
export function renamed<Data>(data: Data, directory: Directory): Data {
  if (directory.length === 0) return data
  return replaceNames(data, new Map(directory.map(({ id, name }) => [id, name]))) as Data
}

function replaceNames(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => replaceNames(item, names))
    return items.some((item, n) => item !== value[n]) ? items : value
  }
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Readonly<Record<string, unknown>>
  const changed: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(fields)) {
    const replaced = replaceNames(field, names)
    if (replaced !== field) changed[key] = replaced
  }
  const name = typeof fields.id === 'string' ? names.get(fields.id) : undefined
  if (name !== undefined && typeof fields.name === 'string' && fields.name !== name) changed.name = name
  return Object.keys(changed).length > 0 ? { ...fields, ...changed } : value
}
