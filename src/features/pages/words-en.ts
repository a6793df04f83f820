import type { Words } from './words.ts'

export const english: Words = {
  links: {
    verify_email: {
      title: 'Confirm your email address',
      text: 'Press the button to confirm that this address is yours.',
      button: 'Confirm email address',
      done: { title: 'Your address is confirmed', text: ['You can now log in.'] },
      renew: 'Is your address not confirmed yet? Then ask for a new mail where you log in.',
    },
    reset_password: {
      title: 'Choose a new password',
      text: 'As soon as you save it, all your devices are logged out.',
      button: 'Save password',
      done: {
        title: 'Your password was changed',
        text: [
          'All your sessions have ended, on every device.',
          'You can now log in with your new password.',
        ],
      },
      renew: 'Ask for a new mail: “Forgot password” at the log-in.',
    },
    confirm_email: {
      title: 'Confirm your new email address',
      text: 'Press the button, and this address takes the place of your present one.',
      button: 'Confirm new address',
      done: {
        title: 'Your new address is confirmed',
        text: ['From now on you log in with it, and our mails go there.'],
      },
      renew: 'Is your address still the old one? Then log in and change it once more.',
    },
    undo_email_change: {
      title: 'Undo the change of your email address',
      text: 'Your account gets its former address back, all devices are logged out, and linked accounts of other services are unlinked.',
      button: 'Undo the change',
      done: {
        title: 'The change was undone',
        text: [
          'Your account has its former address again, and all sessions have ended.',
          'Now choose a new password, for somebody may know yours: we have sent a mail with a link for that to your address.',
        ],
      },
      renew:
        'A change can be undone once, for seven days. If your account is not yours any more, ask for a new password: “Forgot password” at the log-in.',
    },
  },
  newPassword: 'New password',
  passwordHint: 'At least {min} characters. A few words in a row are easy to remember.',
  fields: {
    required: 'Please enter a password.',
    too_short: 'Please use at least {min} characters.',
    too_long: 'This password is too long. Please use at most 128 characters.',
    too_common: 'This password is one of those that are tried first. Please choose another one.',
    contains_identifier:
      'The password must not contain your username, your email address or the name of this service.',
    breached: 'This password is known from a data breach. Please choose another one.',
    unchanged: 'This is your present password. Please choose another one.',
    invalid: 'This password cannot be used. Please choose another one.',
  },
  toApp: 'Go on to {name}',
  toLogin: 'Log in',
  problems: {
    link: {
      title: 'This link does not work any more',
      text: 'It was used before, it is too old, or a newer mail has taken its place.',
    },
    taken: {
      title: 'This address is in use',
      text: 'Another account has this email address by now, so nothing was changed.',
    },
    limited: {
      title: 'There were too many tries',
      text: 'Please wait a few minutes and try again.',
    },
    unavailable: {
      title: 'Please try again in a moment',
      text: 'The service is busy just now. Nothing was changed, and your link still works.',
    },
    failed: {
      title: 'Something went wrong on our side',
      text: 'Please try again later, by the link in the mail.',
    },
    unreadable: {
      title: 'The form could not be read',
      text: 'Please open the link in the mail once more.',
    },
    elsewhere: {
      title: 'The form came from another site',
      text: 'Nothing was changed. Please open the link in the mail once more, and press the button there.',
    },
  },
  error: 'Error',
}
