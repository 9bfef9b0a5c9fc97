// Starts the page.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '@nowcast/react/styles.css'
import './theme/tokens.css'
import './theme/nowcast.css'
import './theme/base.css'
import './theme/controls.css'
import { App } from './app/App.tsx'
import { resumeSession } from './signIn/session.ts'
import { startTheme } from './theme/theme.ts'

startTheme()
resumeSession()

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no element with the id "root".')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
