// Searches in the threads that are loaded.
import { Search } from 'lucide-react'
import './searchField.css'

/** What the field needs. */
export interface SearchFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
}

/** A field to search in; Esc empties it. */
export function SearchField({ value, onChange }: SearchFieldProps) {
  return (
    <label className="search-field">
      <Search size={15} aria-hidden />
      <span className="visually-hidden">Search threads</span>
      <input
        type="search"
        value={value}
        placeholder="Search"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onChange('')}
      />
    </label>
  )
}
