/** A few choices of which one holds, all in sight. */

import type { ReactNode } from 'react'

interface OptionsProps<Value extends string> {
  legend: ReactNode
  name: string
  value: Value
  choose: (value: Value) => void
  options: readonly { value: Value; label: ReactNode }[]
}

export function Options<Value extends string>({ legend, name, value, choose, options }: OptionsProps<Value>) {
  return (
    <fieldset className="options">
      <legend className="label">{legend}</legend>
      {options.map((option) => (
        <label className="opt" key={option.value}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => choose(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  )
}
