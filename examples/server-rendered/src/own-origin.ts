export const PORT = Number(process.env.PORT ?? 5176)

/** Where browsers see this app. The service has it in COOKIE_ORIGINS. */
export const OWN_ORIGIN = process.env.OWN_ORIGIN ?? `http://localhost:${PORT}`
