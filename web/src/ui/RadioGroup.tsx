/** A group of radio buttons. */

import type { ReactNode } from 'react'

interface RadioGroupProps<Value extends string> {
  legend: ReactNode
  name: string
  value: Value
  onChange: (value: Value) => void
  options: readonly { value: Value; label: ReactNode }[]
}

export function RadioGroup<Value extends string>({
  legend,
  name,
  value,
  onChange,
  options,
}: RadioGroupProps<Value>) {
  return (
    <fieldset className="options">
      <legend className="label">{legend}</legend>
      {options.map((option) => (
        <label className="opt" key={option.value}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  )
}
