// Starts the pages.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './theme/tokens.css'
import './theme/base.css'
import './theme/controls.css'
import { App } from './app/App.tsx'
import { startSession } from './session/session.ts'
import { startTheme } from './theme/theme.ts'

startTheme()
startSession()

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no element with the id "root".')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
