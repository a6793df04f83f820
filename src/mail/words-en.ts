import type { Words } from './words.ts'

export const english: Words = {
  greeting: 'Hello {username},',
  onlyOnce: 'The link works once, for {lifetime}.',
  withoutButton: 'If the button does nothing, open this address in your browser:',
  codeOnlyOnce:
    'The code works once, for {lifetime}, and only where it was asked for. Nobody of {project} will ever ask you for it.',
  when: 'When',
  device: 'Device',
  address: 'IP address',
  footer: 'Sent by {project}, which never asks for your password by mail.',
  locale: 'en-GB',
  mails: {
    verify_email: {
      subject: '{project}: confirm your email address',
      paragraphs: ['Please confirm that this email address is yours.'],
      button: 'Confirm email address',
      note: 'You did not sign up at {project}? Then ignore this mail.',
    },
    reset_password: {
      subject: '{project}: choose a new password',
      paragraphs: [
        'Somebody, probably you, asked for a new password for your account.',
        'As soon as you have chosen it, all your devices are logged out.',
      ],
      button: 'Choose a new password',
      note: 'You did not ask for it? Then ignore this mail: your password stays as it is.',
    },
    confirm_email: {
      subject: '{project}: confirm your new email address',
      paragraphs: [
        'Please confirm that this is the new email address of the account {username}.',
        'Until then the account keeps its present address.',
      ],
      button: 'Confirm new address',
      note: 'You do not know this account? Then ignore this mail: nothing changes.',
    },
    email_changed: {
      subject: '{project}: your email address was changed',
      paragraphs: [
        'The email address of your account is now {new_email}.',
        'If that was not you, undo it: your account gets this address back, and all devices are logged out. Then choose a new password.',
      ],
      button: 'Undo the change',
      note: 'It was you? Then there is nothing to do.',
    },
    password_changed: {
      subject: '{project}: your password was changed',
      paragraphs: [
        'The password of your account was changed.',
        'If that was not you, ask for a new password at once: “Forgot password” at the log-in.',
      ],
      note: 'It was you? Then there is nothing to do.',
    },
    sessions_ended: {
      subject: '{project}: you were logged out, to be safe',
      paragraphs: [
        'One of your devices had renewed its log-in, and then the old one was used again. Somebody may have copied it, so we ended it: this device has to log in again.',
        'If you are in doubt, change your password.',
      ],
      note: 'An app that was interrupted can be the cause, too.',
    },
    new_device: {
      subject: '{project}: a new device logged in',
      paragraphs: [
        'Somebody logged in to your account on a device that we have not seen before.',
        'If that was not you, change your password at once.',
      ],
      note: 'It was you? Then there is nothing to do.',
    },
    address_in_use: {
      subject: '{project}: you have an account already',
      paragraphs: [
        'Somebody, perhaps you, wanted to use this email address for an account at {project}. It belongs to your account {username} already, so nothing was changed.',
        'If it was you, log in, or ask for a new password.',
      ],
      note: 'It was not you? Then there is nothing to do.',
    },
    username_taken: {
      subject: '{project}: please choose another username',
      greeting: 'Hello,',
      paragraphs: [
        'Somebody, probably you, signed up at {project} with this email address and the username {username}. Somebody else has that name, so no account was made.',
        'Please sign up again with another one.',
      ],
      note: 'It was not you? Then ignore this mail.',
    },
    account_deleted: {
      subject: '{project}: your account was deleted',
      paragraphs: ['Your account {username} and all its sessions were deleted.'],
      note: 'You did not ask for this? Then an admin did it, or somebody who knew your password: in doubt change it wherever else you use it.',
    },
    account_created: {
      subject: '{project}: your account',
      paragraphs: [
        'An account was made for you at {project}. Your username is {username}.',
        'Choose a password to log in with. Once the link works no longer, ask for another one: “Forgot password” at the log-in.',
      ],
      button: 'Choose a password',
      note: 'You did not expect this? Then ignore this mail: nobody can log in to the account without a password.',
    },
    login_code: {
      subject: '{project}: your code to log in',
      paragraphs: [
        'Somebody, probably you, wants to log in to your account. This is the code to type there:',
      ],
      note: 'You did not ask for it? Then ignore this mail: without the code nobody gets in.',
    },
    totp_added: {
      subject: '{project}: an authenticator app was set up',
      paragraphs: [
        'An authenticator app was set up as second factor of your account. From now on a log-in asks for its code.',
      ],
      note: 'It was you? Then there is nothing to do. If not, change your password at once.',
    },
    totp_removed: {
      subject: '{project}: the authenticator app was removed',
      paragraphs: [
        'The authenticator app was removed from your account. Its codes work no longer.',
      ],
      note: 'It was you? Then there is nothing to do. If not, change your password at once.',
    },
    passkey_added: {
      subject: '{project}: a passkey was added',
      paragraphs: ['The passkey {passkey} was added to your account. It can log in.'],
      note: 'It was you? Then there is nothing to do. If not, change your password at once.',
    },
    passkey_removed: {
      subject: '{project}: a passkey was removed',
      paragraphs: ['The passkey {passkey} was removed from your account. It works no longer.'],
      note: 'It was you? Then there is nothing to do. If not, change your password at once.',
    },
    passkey_suspended: {
      subject: '{project}: a passkey was switched off, to be safe',
      paragraphs: [
        'The passkey {passkey} was used in a way that a copy of it would be. To be safe we switched it off: it logs in no longer.',
        'If the device is still yours, remove the passkey and add it again. If it is not, change your password.',
      ],
      note: 'An authenticator that was reset can be the cause, too.',
    },
    recovery_codes_replaced: {
      subject: '{project}: new recovery codes were made',
      paragraphs: [
        'New recovery codes were made for your account. Those of before work no longer.',
      ],
      note: 'It was you? Then there is nothing to do. If not, change your password at once.',
    },
    recovery_code_used: {
      subject: '{project}: a recovery code was used',
      paragraphs: [
        'A recovery code was used in place of a second factor of your account. It works no longer.',
      ],
      note: 'It was you? Then there is nothing to do. If not, change your password at once.',
    },
    factors_removed: {
      subject: '{project}: your second factors were removed',
      paragraphs: [
        'An admin removed all second factors of your account: authenticator app, passkeys and recovery codes. All devices were logged out.',
        'Log in by your password, and set up a second factor again.',
      ],
      note: 'You did not ask for this? Then tell the operator of {project} at once.',
    },
    identity_linked: {
      subject: '{project}: {provider} was linked to your account',
      paragraphs: ['An account at {provider} was linked to yours. It can log in.'],
      note: 'It was you? Then there is nothing to do. If not, change your password at once, and unlink {provider}.',
    },
    identity_unlinked: {
      subject: '{project}: {provider} was unlinked from your account',
      paragraphs: ['An account at {provider} was unlinked from yours. It logs in no longer.'],
      note: 'It was you? Then there is nothing to do. If not, change your password at once.',
    },
    identity_removed: {
      subject: '{project}: {provider} was unlinked from your account',
      paragraphs: [
        'An admin unlinked an account at {provider} from yours. It logs in no longer, and all devices were logged out.',
      ],
      note: 'You did not ask for this? Then tell the operator of {project} at once.',
    },
    account_claimed: {
      subject: '{project}: your account is yours now',
      paragraphs: [
        'There was an account with your email, which nobody had verified. {provider} says that the email is yours, and so the account is.',
        'Somebody else may have made it. So its password, all sessions and all other ways to log in were removed. You log in by {provider}, and can set a password in your account.',
      ],
      note: 'It was not you who logged in by {provider}? Then tell the operator of {project} at once.',
    },
  },
}
