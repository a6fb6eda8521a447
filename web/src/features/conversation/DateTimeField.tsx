/** A date and time field with presets beside it. */

import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { useNow } from '../../lib/time'
import { formatDateTimeInput } from './dateTimeInput'
import { formatPresetTime, timePresets } from './timePresets'

interface DateTimeFieldProps {
  /** In the format of a `datetime-local` input. */
  value: string
  onChange: (field: string) => void
  children: ReactNode
}

export function DateTimeField({ value, onChange, children }: DateTimeFieldProps) {
  const now = useNow()
  return (
    <div className="date-time-field">
      <div className="presets">
        {timePresets(now).map((choice) => (
          <button
            key={choice.label}
            type="button"
            className="pop-item"
            aria-pressed={value === formatDateTimeInput(choice.at)}
            onClick={() => onChange(formatDateTimeInput(choice.at))}
          >
            <b>{choice.label}</b>
            <span className="hint">{formatPresetTime(choice.at, now)}</span>
          </button>
        ))}
      </div>
      <div className="dialog-body">
        <div className="field">
          <label htmlFor="when-at">
            <Trans>Dia e hora</Trans>
          </label>
          <input
            id="when-at"
            className="input"
            type="datetime-local"
            required
            min={formatDateTimeInput(new Date(now))}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        </div>
        {children}
      </div>
    </div>
  )
}
