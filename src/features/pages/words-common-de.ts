import type { commonEnglish } from './words-common-en.ts'

export const commonGerman: typeof commonEnglish = {
  error: 'Fehler',
  optional: 'freiwillig',
  toApp: 'Weiter zu {name}',
  toLogin: 'Anmelden',
  logout: 'Abmelden',
  passkeyFailed:
    'Das hat nicht geklappt. Bitte versuchen Sie es noch einmal oder melden Sie sich anders an.',
  human:
    'Hier bestätigen Sie, dass Sie ein Mensch sind. Das geht nur mit JavaScript: Bitte schalten Sie es ein und laden Sie die Seite neu.',
  proof: {
    title: 'Bestätigen Sie, dass Sie es sind',
    totp: 'Code Ihrer App',
    totpHint: 'Die sechs Ziffern, die Ihre Authenticator-App jetzt zeigt.',
    recovery: 'Wiederherstellungscode',
    recoveryHint: 'Einer der Codes, die Sie dafür aufbewahrt haben. Jeder gilt einmal.',
    button: 'Bestätigen',
    passkey: 'Passkey verwenden',
    lost: 'Kein Zugriff auf Ihre App?',
  },
  oneMoment: { title: 'Einen Moment', text: 'Es geht gleich weiter.', link: 'Weiter' },
  trouble: { title: 'Das hat nicht geklappt', toLogin: 'Zur Anmeldung' },
  refusals: {
    required: 'Bitte füllen Sie dieses Feld aus.',
    invalid: 'Das ist nicht möglich.',
    invalid_type: 'Das ist nicht möglich.',
    invalid_format: 'Das hat nicht die richtige Form.',
    invalid_value: 'Bitte wählen Sie eine der Möglichkeiten.',
    unknown_field: 'Das ist nicht möglich.',
    too_short: 'Das ist zu kurz.',
    too_long: 'Das ist zu lang.',
    too_common:
      'Dieses Passwort gehört zu denen, die zuerst probiert werden. Bitte wählen Sie ein anderes.',
    contains_identifier:
      'Das Passwort darf weder Ihren Benutzernamen noch Ihre E-Mail-Adresse noch den Namen dieses Dienstes enthalten.',
    breached: 'Dieses Passwort ist aus einem Datenleck bekannt. Bitte wählen Sie ein anderes.',
    unchanged: 'So ist es schon. Bitte wählen Sie etwas anderes.',
    already_taken: 'Das ist schon vergeben.',
    domain_not_allowed: 'Adressen dieser Domain werden hier nicht angenommen.',
    challenge_failed: 'Das ließ sich nicht bestätigen. Bitte versuchen Sie es noch einmal.',
    'username.invalid_format':
      'Bitte verwenden Sie 3 bis 32 Buchstaben, Ziffern, Punkte, Binde- oder Unterstriche, mit einem Buchstaben oder einer Ziffer am Anfang.',
    'username.already_taken': 'Dieser Benutzername ist vergeben. Bitte wählen Sie einen anderen.',
    'email.invalid_format': 'Bitte geben Sie eine E-Mail-Adresse ein, etwa name@example.org.',
    'email.already_taken': 'Mit dieser E-Mail-Adresse gibt es schon ein Konto.',
    'password.too_short': 'Bitte verwenden Sie mindestens {min} Zeichen.',
    'password.too_long': 'Bitte verwenden Sie höchstens 128 Zeichen.',
    'new_password.too_short': 'Bitte verwenden Sie mindestens {min} Zeichen.',
    'new_password.too_long': 'Bitte verwenden Sie höchstens 128 Zeichen.',
    'code.invalid_format': 'Bitte geben Sie die sechs Ziffern aus der E-Mail ein.',
    'totp_code.invalid_format': 'Bitte geben Sie die sechs Ziffern ein, die Ihre App zeigt.',
    'display_name.invalid_format':
      'Bitte verwenden Sie höchstens 100 sichtbare Zeichen, in einer Zeile.',
    'locale.invalid_format': 'Bitte geben Sie die Kurzform einer Sprache ein, etwa de-DE.',
    'avatar_url.invalid_format': 'Bitte geben Sie eine Adresse ein, die mit https:// beginnt.',
    'new_email.invalid_format': 'Bitte geben Sie eine E-Mail-Adresse ein, etwa name@example.org.',
    'new_email.unchanged': 'Das ist Ihre jetzige Adresse. Bitte geben Sie eine andere ein.',
    'current_password.invalid_credentials': 'Das ist nicht Ihr jetziges Passwort.',
    'password.invalid_credentials': 'Das ist nicht Ihr Passwort.',
    'totp_code.factor_refused':
      'Dieser Code wurde nicht angenommen. Bitte geben Sie den ein, den Ihre App jetzt zeigt.',
    'recovery_code.factor_refused': 'Dieser Code wurde nicht angenommen. Jeder gilt einmal.',
    'name.too_long': 'Bitte verwenden Sie höchstens 64 Zeichen.',
    'invitation.required': 'Hier kann sich nur registrieren, wer eingeladen ist.',
  },
  problems: {
    internal_error: 'Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es später noch einmal.',
    malformed_request: 'Das Formular war nicht lesbar. Bitte versuchen Sie es noch einmal.',
    foreign_form: 'Das Formular kam von einer anderen Seite. Es wurde nichts geändert.',
    other_person:
      'In diesem Browser ist inzwischen jemand anderes angemeldet. Es wurde nichts geändert.',
    wrong_address:
      'Diese Adresse führt nirgendwohin. Bitte gehen Sie dorthin zurück, woher Sie kamen.',
    human_wanted: 'Bitte bestätigen Sie, dass Sie ein Mensch sind.',
    validation_failed: 'Etwas in diesem Formular ist nicht möglich.',
    too_many_requests:
      'Es waren zu viele Versuche. Bitte warten Sie ein paar Minuten und versuchen Sie es dann noch einmal.',
    overloaded: 'Der Dienst ist gerade ausgelastet. Bitte versuchen Sie es gleich noch einmal.',
    service_unavailable:
      'Der Dienst ist gerade ausgelastet. Bitte versuchen Sie es gleich noch einmal.',
    unsupported_media_type: 'Das Formular war nicht lesbar. Bitte versuchen Sie es noch einmal.',
    payload_too_large: 'Das Formular ist zu groß.',
    csrf_refused: 'Das Formular kam von einer anderen Seite. Es wurde nichts geändert.',
    invalid_credentials: 'Benutzername oder Passwort ist falsch.',
    email_not_verified:
      'Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse, mit dem Link in unserer E-Mail.',
    account_disabled:
      'Dieses Konto ist gesperrt. Bitte wenden Sie sich an den Betreiber von {name}.',
    mfa_token_invalid:
      'Diese Anmeldung hat zu lange gedauert oder ist schon abgeschlossen. Bitte melden Sie sich noch einmal an.',
    factor_refused: 'Das wurde nicht angenommen. Bitte versuchen Sie es noch einmal.',
    challenge_invalid: 'Das hat zu lange gedauert. Bitte versuchen Sie es noch einmal.',
    login_codes_off: 'Hier kann sich niemand mit einem Code aus einer E-Mail anmelden.',
    mail_not_configured:
      'Der Dienst kann keine E-Mails senden. Bitte sagen Sie es dem Betreiber von {name}.',
    passkeys_not_configured: 'Passkeys lassen sich hier nicht verwenden.',
    signup_closed: 'Neue Konten lassen sich hier zurzeit nicht anlegen.',
    one_time_token_invalid: 'Diese Einladung gilt nicht mehr. Bitte fragen Sie nach einer neuen.',
    already_taken: 'Das ist schon vergeben.',
    account_exists:
      'Mit dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich an wie bisher, dann werden die beiden verbunden.',
    oauth_state_invalid:
      'Diese Anmeldung hat zu lange gedauert, ist schon abgeschlossen oder wurde in einem anderen Browser begonnen. Bitte beginnen Sie von vorn.',
    oauth_code_invalid:
      'Diese Anmeldung hat zu lange gedauert, ist schon abgeschlossen oder wurde in einem anderen Browser begonnen. Bitte beginnen Sie von vorn.',
    provider_denied:
      'Die Anmeldung wurde abgebrochen. Bitte versuchen Sie es noch einmal oder melden Sie sich anders an.',
    provider_failed:
      'Die Anmeldung dort hat nicht geklappt. Bitte versuchen Sie es noch einmal oder melden Sie sich anders an.',
    provider_email_unverified:
      'Von dort kam keine bestätigte E-Mail-Adresse. Bitte bestätigen Sie sie dort, oder melden Sie sich anders an.',
    identity_mismatch: 'Das ist ein anderes Konto als das, das hier mit Ihrem verbunden ist.',
    identity_taken:
      'Jenes Konto ist hier mit einem anderen verbunden. Melden Sie sich stattdessen damit an.',
    too_many_identities:
      'Es sind zu viele Konten verbunden. Bitte entfernen Sie zuerst eines davon.',
    last_credential:
      'Ohne das könnten Sie sich nicht mehr anmelden. Bitte richten Sie zuerst einen anderen Weg ein.',
    last_admin: 'Sie sind der letzte Administrator. Bitte machen Sie zuerst jemand anderen dazu.',
    factor_exists: 'Sie haben schon eine Authenticator-App. Bitte entfernen Sie sie zuerst.',
    too_many_passkeys: 'Mehr Passkeys kann es nicht geben. Bitte entfernen Sie zuerst einen davon.',
    not_found: 'Hier ist nichts.',
  },
}
