// What a browser gives a page and Node.js 20 lacks.
import { WebSocket } from 'ws'

globalThis.WebSocket ??= WebSocket
