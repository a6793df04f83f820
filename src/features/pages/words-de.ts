import type { Words } from './words.ts'

export const german: Words = {
  links: {
    verify_email: {
      title: 'E-Mail-Adresse bestätigen',
      text: 'Mit dem Knopf bestätigen Sie, dass diese Adresse Ihnen gehört.',
      button: 'E-Mail-Adresse bestätigen',
      done: { title: 'Ihre Adresse ist bestätigt', text: ['Sie können sich jetzt anmelden.'] },
      renew:
        'Ist Ihre Adresse noch nicht bestätigt? Dann fordern Sie bei der Anmeldung eine neue E-Mail an.',
    },
    reset_password: {
      title: 'Neues Passwort wählen',
      text: 'Sobald Sie es speichern, werden alle Ihre Geräte abgemeldet.',
      button: 'Passwort speichern',
      done: {
        title: 'Ihr Passwort wurde geändert',
        text: [
          'Alle Ihre Sitzungen wurden beendet, auf jedem Gerät.',
          'Sie können sich jetzt mit dem neuen Passwort anmelden.',
        ],
      },
      renew: 'Fordern Sie eine neue E-Mail an: „Passwort vergessen“ bei der Anmeldung.',
    },
    confirm_email: {
      title: 'Neue E-Mail-Adresse bestätigen',
      text: 'Mit dem Knopf tritt diese Adresse an die Stelle der bisherigen.',
      button: 'Neue Adresse bestätigen',
      done: {
        title: 'Ihre neue Adresse ist bestätigt',
        text: ['Von jetzt an melden Sie sich mit ihr an, und unsere E-Mails gehen dorthin.'],
      },
      renew:
        'Hat Ihr Konto noch die alte Adresse? Dann melden Sie sich an und ändern Sie sie noch einmal.',
    },
    undo_email_change: {
      title: 'Änderung der E-Mail-Adresse rückgängig machen',
      text: 'Ihr Konto bekommt seine frühere Adresse zurück, alle Geräte werden abgemeldet, und verknüpfte Konten anderer Dienste werden getrennt.',
      button: 'Änderung rückgängig machen',
      done: {
        title: 'Die Änderung ist rückgängig gemacht',
        text: [
          'Ihr Konto hat wieder seine frühere Adresse, und alle Sitzungen wurden beendet.',
          'Wählen Sie jetzt ein neues Passwort, denn vielleicht kennt jemand das bisherige: Eine E-Mail mit einem Link dafür ist zu Ihrer Adresse unterwegs.',
        ],
      },
      renew:
        'Eine Änderung lässt sich sieben Tage lang und nur einmal rückgängig machen. Gehört Ihr Konto nicht mehr Ihnen, fordern Sie ein neues Passwort an: „Passwort vergessen“ bei der Anmeldung.',
    },
  },
  newPassword: 'Neues Passwort',
  passwordHint: 'Mindestens {min} Zeichen. Einige Wörter hintereinander lassen sich gut merken.',
  fields: {
    required: 'Bitte geben Sie ein Passwort ein.',
    too_short: 'Bitte verwenden Sie mindestens {min} Zeichen.',
    too_long: 'Dieses Passwort ist zu lang. Bitte verwenden Sie höchstens 128 Zeichen.',
    too_common:
      'Dieses Passwort gehört zu denen, die zuerst probiert werden. Bitte wählen Sie ein anderes.',
    contains_identifier:
      'Das Passwort darf weder Ihren Benutzernamen noch Ihre E-Mail-Adresse noch den Namen dieses Dienstes enthalten.',
    breached: 'Dieses Passwort ist aus einem Datenleck bekannt. Bitte wählen Sie ein anderes.',
    unchanged: 'Das ist Ihr bisheriges Passwort. Bitte wählen Sie ein anderes.',
    invalid: 'Dieses Passwort ist nicht möglich. Bitte wählen Sie ein anderes.',
  },
  toApp: 'Weiter zu {name}',
  toLogin: 'Anmelden',
  problems: {
    link: {
      title: 'Dieser Link gilt nicht mehr',
      text: 'Er wurde schon benutzt, ist zu alt, oder eine neuere E-Mail hat ihn ersetzt.',
    },
    taken: {
      title: 'Diese Adresse ist vergeben',
      text: 'Inzwischen hat ein anderes Konto diese E-Mail-Adresse. Es wurde nichts geändert.',
    },
    limited: {
      title: 'Es waren zu viele Versuche',
      text: 'Bitte warten Sie ein paar Minuten und versuchen Sie es dann noch einmal.',
    },
    unavailable: {
      title: 'Bitte versuchen Sie es gleich noch einmal',
      text: 'Der Dienst ist gerade ausgelastet. Es wurde nichts geändert, und Ihr Link gilt weiter.',
    },
    failed: {
      title: 'Bei uns ist etwas schiefgegangen',
      text: 'Bitte versuchen Sie es später noch einmal, mit dem Link in der E-Mail.',
    },
    unreadable: {
      title: 'Das Formular war nicht lesbar',
      text: 'Bitte öffnen Sie den Link in der E-Mail noch einmal.',
    },
    elsewhere: {
      title: 'Das Formular kam von einer anderen Seite',
      text: 'Es wurde nichts geändert. Bitte öffnen Sie den Link in der E-Mail noch einmal, und drücken Sie dort auf den Knopf.',
    },
  },
  error: 'Fehler',
}
