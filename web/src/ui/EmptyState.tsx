/** What a screen shows when it is empty, or when loading failed. */

import { Trans } from '@lingui/react/macro'
import { CircleAlert, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { Problem, problemText } from '../lib/problem'
import { BellArt } from './Brand'

interface EmptyStateProps {
  title: ReactNode
  children: ReactNode
  actions?: ReactNode
  ringing?: boolean
}

export function EmptyState({ title, children, actions, ringing }: EmptyStateProps) {
  return (
    <div className="empty-state">
      <BellArt {...(ringing ? { ringing } : {})} />
      <h2>{title}</h2>
      <p>{children}</p>
      {actions && <div className="action-row">{actions}</div>}
    </div>
  )
}

interface ErrorStateProps {
  title: ReactNode
  problem: unknown
  onRetry?: () => void
  /** The way back, for screens that show nothing else. */
  back?: ReactNode
  children?: ReactNode
}

export function ErrorState({ title, problem, onRetry, back, children }: ErrorStateProps) {
  const text = problemText(problem)
  return (
    // The code is for support; nobody else reads English codes.
    <div
      className="empty-state"
      role="alert"
      data-code={problem instanceof Problem ? problem.code : undefined}
    >
      <span className="empty-state-icon">
        <CircleAlert className="i i-lg" aria-hidden="true" />
      </span>
      <h2>{title}</h2>
      <p>
        {text.charAt(0).toUpperCase() + text.slice(1)}. {children}
      </p>
      {onRetry && (
        <div className="action-row">
          <button type="button" className="btn btn-main" onClick={onRetry}>
            <RotateCw className="i i-md" aria-hidden="true" />
            <Trans>Tentar de novo</Trans>
          </button>
          {back}
        </div>
      )}
    </div>
  )
}
