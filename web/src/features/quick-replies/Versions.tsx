/** Two versions side by side: what goes is red, what comes is green. */

import type { ReactNode } from 'react'
import { type DiffPart, diffWords } from './diffWords'
import { withVariables } from './ReplyText'

interface Side {
  chip: ReactNode
  label: ReactNode
  hint?: ReactNode
  name: string
  shortcut: string | null
  text: string
}

interface VersionsProps {
  before: Side | null
  after: Side
  /** The one on the right is not in use yet. */
  isSuggested?: boolean
}

export function Versions({ before, after, isSuggested = false }: VersionsProps) {
  const names = before ? diffWords(before.name, after.name) : null
  const texts = before ? diffWords(before.text, after.text) : null
  const shortcuts = before ? diffWords(slash(before.shortcut), slash(after.shortcut)) : null
  return (
    <div className={before ? 'versions' : 'versions is-single'}>
      {before && names && texts && shortcuts && (
        <VersionCard
          side={before}
          name={<Marked parts={names} shows="removed" />}
          shortcut={<Marked parts={shortcuts} shows="removed" />}
          text={<Marked parts={texts} shows="removed" />}
        />
      )}
      <VersionCard
        side={after}
        isNew={isSuggested}
        name={names ? <Marked parts={names} shows="added" /> : after.name}
        shortcut={shortcuts ? <Marked parts={shortcuts} shows="added" /> : slash(after.shortcut)}
        text={texts ? <Marked parts={texts} shows="added" /> : withVariables(after.text)}
      />
    </div>
  )
}

const slash = (shortcut: string | null): string => (shortcut === null ? '' : `/${shortcut}`)

interface VersionCardProps {
  side: Side
  isNew?: boolean
  name: ReactNode
  shortcut: ReactNode
  text: ReactNode
}

function VersionCard({ side, isNew = false, name, shortcut, text }: VersionCardProps) {
  return (
    <section className={isNew ? 'version is-new' : 'version'}>
      <header>
        <span className={isNew ? 'chip chip-brand' : 'chip'}>{side.chip}</span>
        {side.label}
        {side.hint && <span className="hint">{side.hint}</span>}
      </header>
      <p className="version-name">
        <b dir="auto">{name}</b>
        <span className="hint mono">{shortcut}</span>
      </p>
      <p className="words" dir="auto">
        {text}
      </p>
    </section>
  )
}

/** One of the two texts, with what the other one does not have marked. */
function Marked({ parts, shows }: { parts: readonly DiffPart[]; shows: 'removed' | 'added' }) {
  const Tag = shows === 'removed' ? 'del' : 'ins'
  let at = 0
  return parts
    .filter(({ kind }) => kind === 'same' || kind === shows)
    .map(({ kind, text }) => {
      const key = at
      at += text.length
      return kind === 'same' ? (
        <span key={key}>{withVariables(text)}</span>
      ) : (
        <Tag key={key}>{withVariables(text)}</Tag>
      )
    })
}
