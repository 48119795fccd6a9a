"use client";

import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { TextInput } from "./field.tsx";

interface SearchFieldProps {
  readonly label: string;
  readonly placeholder: string;
  /** What the address says; it leads the field only while nobody types. */
  readonly query: string;
  readonly onChange: (query: string) => void;
}

/** The page's search: `/` comes here, Escape leaves. What is typed never waits for the address. */
export function SearchField({ label, placeholder, query, onChange }: SearchFieldProps) {
  const [text, setText] = useState(query);
  const field = useRef<HTMLInputElement>(null);
  // The address comes later than the fingers: while one types, the field leads.
  useEffect(() => {
    if (document.activeElement !== field.current) setText(query);
  }, [query]);
  return (
    <div className="relative w-64 max-md:w-full">
      <Search
        size={14}
        className="pointer-events-none absolute top-1/2 left-2 -translate-y-1/2 text-ink-3"
        aria-hidden
      />
      <TextInput
        ref={field}
        type="search"
        data-search
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          onChange(event.target.value);
        }}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        className="ps-7 pe-7"
      />
      {text === "" && (
        <kbd
          className="pointer-events-none absolute top-1/2 right-2 -translate-y-1/2 font-mono text-12 text-ink-3 max-md:hidden"
          aria-hidden
        >
          /
        </kbd>
      )}
    </div>
  );
}
