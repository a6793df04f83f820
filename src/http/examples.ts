/**
 * Who signs up in the examples of the OpenAPI document, and then logs in. Somebody else than in the tour of README.md, so
 * that both can be tried in one database.
 */
export const EXAMPLE_PERSON = {
  username: 'grace.hopper',
  email: 'grace@example.org',
  password: 'correct horse battery staple',
}
