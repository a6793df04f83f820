/** Leaves the session as if it had just been opened; an embedded database has but one, which each connection finds as the last one left it. */
export const SCRUB =
  'ROLLBACK; CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; UNLISTEN *; ' +
  'SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES'
