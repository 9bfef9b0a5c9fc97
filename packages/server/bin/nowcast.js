#!/usr/bin/env node
// The installed command. It stands outside of what is built, so that installing can link it before the first build.
import '../dist/cli/main.js'
