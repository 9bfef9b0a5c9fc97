// `npm start`: installs and builds what is missing, then starts the server with the examples.
import { build, install, requireNode, root } from './prepare.mjs'

requireNode()
install()
build()
process.chdir(root)
await import('./serve.mjs')
