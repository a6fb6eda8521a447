/** A screen with nothing, or not yet, to show: what happened, what is kept, what next. */

import { Trans } from '@lingui/react/macro'
import { CircleAlert, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { Problem, wordsFor } from '../lib/problem'
import { BellArt } from './Brand'

interface QuietProps {
  title: ReactNode
  children: ReactNode
  actions?: ReactNode
  ringing?: boolean
}

export function Quiet({ title, children, actions, ringing }: QuietProps) {
  return (
    <div className="quiet">
      <BellArt {...(ringing ? { ringing } : {})} />
      <h2>{title}</h2>
      <p>{children}</p>
      {actions && <div className="acts-row">{actions}</div>}
    </div>
  )
}

interface FailedProps {
  title: ReactNode
  problem: unknown
  again?: () => void
  children?: ReactNode
}

export function Failed({ title, problem, again, children }: FailedProps) {
  const words = wordsFor(problem)
  return (
    <div className="quiet" role="alert">
      <span className="quiet-badge">
        <CircleAlert className="i i-lg" aria-hidden="true" />
      </span>
      <h2>{title}</h2>
      <p>
        {words.charAt(0).toUpperCase() + words.slice(1)}. {children}
      </p>
      {again && (
        <div className="acts-row">
          <button type="button" className="btn btn-main" onClick={again}>
            <RotateCw className="i i-md" aria-hidden="true" />
            <Trans>Tentar de novo</Trans>
          </button>
        </div>
      )}
      {problem instanceof Problem && <p className="hint code">{problem.code}</p>}
    </div>
  )
}
