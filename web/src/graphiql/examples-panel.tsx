/** @jsxImportSource react */
/** A panel beside the history: example operations, each opened in a tab of its own. */
import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react'
import { useEffect, useState } from 'react'

import { EXAMPLES } from './examples.ts'

function Icon() {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" strokeWidth="1.5">
      <path d="M5 4h14v16H5zM8.5 8.5h7M8.5 12h7M8.5 15.5h4" />
    </svg>
  )
}

function Content() {
  const actions = useGraphiQLActions()
  const editor = useGraphiQL((state) => state.queryEditor)
  const tabs = useGraphiQL((state) => state.tabs.length)
  const [chosen, setChosen] = useState<{ document: string; tabs: number }>()
  // A new tab is empty when it is shown; what is put there before that is lost.
  useEffect(() => {
    if (!chosen || !editor || tabs === chosen.tabs) return
    editor.setValue(chosen.document)
    // The name of the former tab's operation would be sent until GraphiQL has read the new one.
    const [, name] = /(?:query|mutation|subscription) (\w+)/.exec(chosen.document) ?? []
    if (name !== undefined) actions.setOperationName(name)
    setChosen(undefined)
  }, [actions, chosen, editor, tabs])
  return (
    <section aria-label="Examples">
      <div className="graphiql-history-header">Examples</div>
      <ul className="examples">
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button
              type="button"
              className="graphiql-un-styled"
              onClick={() => {
                setChosen({ document: example.document, tabs })
                actions.addTab()
              }}
            >
              {example.title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: 'Examples', icon: Icon, content: Content }
