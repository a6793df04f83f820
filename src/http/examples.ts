/**
 * Who signs up in the examples of the OpenAPI document, and then logs in. Somebody else than in the tour of docs/quick-start.md, so
 * that both can be tried in one database.
 */
export const EXAMPLE_PERSON = {
  username: 'grace.hopper',
  email: 'grace@example.org',
  password: 'correct horse battery staple',
}

/** The token of a link, as it looks. */
export const EXAMPLE_TOKEN =
  'AZej0YF2eEGbHz5TqvYNdQGXo8RdbnkAmhssPU5fYHE.5vY3m1oGkq0bJx4tVwZcR8nLh2sUdPfKyAeQ7iXgTjM'

/** A role that an application needs. */
export const EXAMPLE_ROLE = 'editor'
