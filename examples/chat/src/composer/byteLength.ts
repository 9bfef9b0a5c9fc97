// The size of a message as the server counts it.

/** The most bytes of UTF-8 that a message's body may have. */
export const MAX_BODY_BYTES = 2048

const encoder = new TextEncoder()

/** Bytes of a text in UTF-8. */
export const byteLength = (text: string): number => encoder.encode(text).length
