/** The key that the fake Turnstile takes. By itself, for the server is started where nothing of Vitest's may be loaded. */
export const TURNSTILE_KEY = '0x4AAAAAAA-a-key-of-the-tests-0123'
