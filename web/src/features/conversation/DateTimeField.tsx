/** Chooses a day and an hour: the usual ones beside it, any other by hand. */

import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { useNow } from '../../lib/time'
import { hourOfPreset, presets, written } from './timePresets'

interface WhenFieldProps {
  /** As a field of day and hour writes it. */
  field: string
  setField: (field: string) => void
  children: ReactNode
}

export function WhenField({ field, setField, children }: WhenFieldProps) {
  const now = useNow()
  return (
    <div className="when">
      <div className="presets">
        {presets(now).map((choice) => (
          <button
            key={choice.label}
            type="button"
            className="pop-item"
            aria-pressed={field === written(choice.at)}
            onClick={() => setField(written(choice.at))}
          >
            <b>{choice.label}</b>
            <span className="hint">{hourOfPreset(choice.at, now)}</span>
          </button>
        ))}
      </div>
      <div className="asked">
        <div className="field">
          <label htmlFor="when-at">
            <Trans>Dia e hora</Trans>
          </label>
          <input
            id="when-at"
            className="input"
            type="datetime-local"
            required
            min={written(new Date(now))}
            value={field}
            onChange={(event) => setField(event.target.value)}
          />
        </div>
        {children}
      </div>
    </div>
  )
}
