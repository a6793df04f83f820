import type { Words } from './words.ts'

export const german: Words = {
  greeting: 'Guten Tag {username},',
  onlyOnce: 'Der Link gilt {lifetime} und nur einmal.',
  withoutButton: 'Falls der Knopf nichts tut, öffnen Sie diese Adresse im Browser:',
  codeOnlyOnce:
    'Der Code gilt {lifetime}, nur einmal und nur dort, wo er angefordert wurde. Niemand von {project} wird Sie je danach fragen.',
  when: 'Zeitpunkt',
  device: 'Gerät',
  address: 'IP-Adresse',
  footer: 'Gesendet von {project}. Wir fragen nie per E-Mail nach Ihrem Passwort.',
  locale: 'de-DE',
  mails: {
    verify_email: {
      subject: '{project}: Bitte bestätigen Sie Ihre E-Mail-Adresse',
      paragraphs: ['Bitte bestätigen Sie, dass diese E-Mail-Adresse Ihnen gehört.'],
      button: 'E-Mail-Adresse bestätigen',
      note: 'Sie haben sich nicht bei {project} registriert? Dann ignorieren Sie diese E-Mail.',
    },
    reset_password: {
      subject: '{project}: Neues Passwort wählen',
      paragraphs: [
        'Jemand, wahrscheinlich Sie, möchte ein neues Passwort für Ihr Konto.',
        'Sobald Sie es gewählt haben, werden alle Ihre Geräte abgemeldet.',
      ],
      button: 'Neues Passwort wählen',
      note: 'Sie waren das nicht? Dann ignorieren Sie diese E-Mail: Ihr Passwort bleibt, wie es ist.',
    },
    confirm_email: {
      subject: '{project}: Bitte bestätigen Sie Ihre neue E-Mail-Adresse',
      paragraphs: [
        'Bitte bestätigen Sie, dass dies die neue E-Mail-Adresse des Kontos {username} ist.',
        'Bis dahin behält das Konto seine bisherige Adresse.',
      ],
      button: 'Neue Adresse bestätigen',
      note: 'Sie kennen dieses Konto nicht? Dann ignorieren Sie diese E-Mail: Es ändert sich nichts.',
    },
    email_changed: {
      subject: '{project}: Ihre E-Mail-Adresse wurde geändert',
      paragraphs: [
        'Die E-Mail-Adresse Ihres Kontos ist jetzt {new_email}.',
        'Falls Sie das nicht waren, machen Sie es rückgängig: Ihr Konto bekommt diese Adresse zurück, und alle Geräte werden abgemeldet. Wählen Sie danach ein neues Passwort.',
      ],
      button: 'Rückgängig machen',
      note: 'Sie waren das? Dann ist nichts zu tun.',
    },
    password_changed: {
      subject: '{project}: Ihr Passwort wurde geändert',
      paragraphs: [
        'Das Passwort Ihres Kontos wurde geändert.',
        'Falls Sie das nicht waren, fordern Sie sofort ein neues Passwort an: „Passwort vergessen“ bei der Anmeldung.',
      ],
      note: 'Sie waren das? Dann ist nichts zu tun.',
    },
    sessions_ended: {
      subject: '{project}: Sie wurden vorsorglich abgemeldet',
      paragraphs: [
        'Eines Ihrer Geräte hatte seine Anmeldung erneuert, und danach wurde die alte noch einmal benutzt. Vielleicht hat jemand sie kopiert, deshalb haben wir sie beendet: Dieses Gerät muss sich neu anmelden.',
        'Ändern Sie im Zweifel Ihr Passwort.',
      ],
      note: 'Auch eine App, die unterbrochen wurde, kann die Ursache sein.',
    },
    new_device: {
      subject: '{project}: Anmeldung auf einem neuen Gerät',
      paragraphs: [
        'Jemand hat sich auf einem Gerät, das wir noch nicht kannten, bei Ihrem Konto angemeldet.',
        'Falls Sie das nicht waren, ändern Sie sofort Ihr Passwort.',
      ],
      note: 'Sie waren das? Dann ist nichts zu tun.',
    },
    address_in_use: {
      subject: '{project}: Sie haben schon ein Konto',
      paragraphs: [
        'Jemand, vielleicht Sie, wollte diese E-Mail-Adresse für ein Konto bei {project} benutzen. Sie gehört aber schon zu Ihrem Konto {username}, deshalb hat sich nichts geändert.',
        'Falls Sie das waren, melden Sie sich an oder fordern Sie ein neues Passwort an.',
      ],
      note: 'Sie waren das nicht? Dann ist nichts zu tun.',
    },
    username_taken: {
      subject: '{project}: Bitte wählen Sie einen anderen Benutzernamen',
      greeting: 'Guten Tag,',
      paragraphs: [
        'Jemand, wahrscheinlich Sie, hat sich bei {project} mit dieser E-Mail-Adresse und dem Benutzernamen {username} registriert. Diesen Namen hat schon jemand, deshalb wurde kein Konto angelegt.',
        'Bitte registrieren Sie sich noch einmal mit einem anderen.',
      ],
      note: 'Sie waren das nicht? Dann ignorieren Sie diese E-Mail.',
    },
    account_deleted: {
      subject: '{project}: Ihr Konto wurde gelöscht',
      paragraphs: ['Ihr Konto {username} und alle seine Sitzungen wurden gelöscht.'],
      note: 'Sie wollten das nicht? Dann hat es ein Administrator getan oder jemand, der Ihr Passwort kannte: Ändern Sie es im Zweifel überall, wo Sie es sonst noch benutzen.',
    },
    account_created: {
      subject: '{project}: Ihr Konto',
      paragraphs: [
        'Für Sie wurde ein Konto bei {project} angelegt. Ihr Benutzername ist {username}.',
        'Wählen Sie ein Passwort, um sich anzumelden. Falls der Link nicht mehr funktioniert, fordern Sie einen neuen an: „Passwort vergessen“ bei der Anmeldung.',
      ],
      button: 'Passwort wählen',
      note: 'Sie haben das nicht erwartet? Dann ignorieren Sie diese E-Mail: Ohne Passwort kann sich niemand bei dem Konto anmelden.',
    },
    login_code: {
      subject: '{project}: Ihr Code zum Anmelden',
      paragraphs: [
        'Jemand, wahrscheinlich Sie, möchte sich bei Ihrem Konto anmelden. Diesen Code geben Sie dort ein:',
      ],
      note: 'Sie haben ihn nicht angefordert? Dann ignorieren Sie diese E-Mail: Ohne den Code kommt niemand hinein.',
    },
    totp_added: {
      subject: '{project}: Authenticator-App eingerichtet',
      paragraphs: [
        'Für Ihr Konto wurde eine Authenticator-App als zweiter Faktor eingerichtet. Bei der Anmeldung wird ab jetzt ihr Code verlangt.',
      ],
      note: 'Sie waren das? Dann ist nichts zu tun. Wenn nicht, ändern Sie sofort Ihr Passwort.',
    },
    totp_removed: {
      subject: '{project}: Authenticator-App entfernt',
      paragraphs: [
        'Die Authenticator-App wurde aus Ihrem Konto entfernt. Ihre Codes gelten nicht mehr.',
      ],
      note: 'Sie waren das? Dann ist nichts zu tun. Wenn nicht, ändern Sie sofort Ihr Passwort.',
    },
    passkey_added: {
      subject: '{project}: Passkey hinzugefügt',
      paragraphs: [
        'Der Passkey {passkey} wurde Ihrem Konto hinzugefügt. Man kann sich mit ihm anmelden.',
      ],
      note: 'Sie waren das? Dann ist nichts zu tun. Wenn nicht, ändern Sie sofort Ihr Passwort.',
    },
    passkey_removed: {
      subject: '{project}: Passkey entfernt',
      paragraphs: ['Der Passkey {passkey} wurde aus Ihrem Konto entfernt. Er gilt nicht mehr.'],
      note: 'Sie waren das? Dann ist nichts zu tun. Wenn nicht, ändern Sie sofort Ihr Passwort.',
    },
    passkey_suspended: {
      subject: '{project}: Passkey vorsichtshalber abgeschaltet',
      paragraphs: [
        'Der Passkey {passkey} wurde so benutzt, wie es eine Kopie täte. Vorsichtshalber haben wir ihn abgeschaltet: Man kann sich mit ihm nicht mehr anmelden.',
        'Haben Sie das Gerät noch, entfernen Sie den Passkey und fügen Sie ihn neu hinzu. Haben Sie es nicht mehr, ändern Sie Ihr Passwort.',
      ],
      note: 'Auch ein Gerät, das zurückgesetzt wurde, kann die Ursache sein.',
    },
    recovery_codes_replaced: {
      subject: '{project}: neue Wiederherstellungscodes',
      paragraphs: [
        'Für Ihr Konto wurden neue Wiederherstellungscodes erstellt. Die alten gelten nicht mehr.',
      ],
      note: 'Sie waren das? Dann ist nichts zu tun. Wenn nicht, ändern Sie sofort Ihr Passwort.',
    },
    recovery_code_used: {
      subject: '{project}: Wiederherstellungscode benutzt',
      paragraphs: [
        'Anstelle eines zweiten Faktors wurde ein Wiederherstellungscode Ihres Kontos benutzt. Er gilt nicht mehr.',
      ],
      note: 'Sie waren das? Dann ist nichts zu tun. Wenn nicht, ändern Sie sofort Ihr Passwort.',
    },
    factors_removed: {
      subject: '{project}: Ihre zweiten Faktoren wurden entfernt',
      paragraphs: [
        'Ein Administrator hat alle zweiten Faktoren Ihres Kontos entfernt: Authenticator-App, Passkeys und Wiederherstellungscodes. Alle Geräte wurden abgemeldet.',
        'Melden Sie sich mit Ihrem Passwort an und richten Sie wieder einen zweiten Faktor ein.',
      ],
      note: 'Sie haben nicht darum gebeten? Dann sagen Sie es sofort dem Betreiber von {project}.',
    },
    identity_linked: {
      subject: '{project}: {provider} wurde mit Ihrem Konto verknüpft',
      paragraphs: [
        'Ein Konto bei {provider} wurde mit Ihrem verknüpft. Man kann sich damit anmelden.',
      ],
      note: 'Sie waren das? Dann ist nichts zu tun. Wenn nicht, ändern Sie sofort Ihr Passwort und lösen Sie die Verknüpfung mit {provider}.',
    },
    identity_unlinked: {
      subject: '{project}: {provider} ist nicht mehr mit Ihrem Konto verknüpft',
      paragraphs: [
        'Die Verknüpfung eines Kontos bei {provider} mit Ihrem wurde gelöst. Man kann sich damit nicht mehr anmelden.',
      ],
      note: 'Sie waren das? Dann ist nichts zu tun. Wenn nicht, ändern Sie sofort Ihr Passwort.',
    },
    identity_removed: {
      subject: '{project}: {provider} ist nicht mehr mit Ihrem Konto verknüpft',
      paragraphs: [
        'Ein Administrator hat die Verknüpfung eines Kontos bei {provider} mit Ihrem gelöst. Man kann sich damit nicht mehr anmelden. Alle Geräte wurden abgemeldet.',
      ],
      note: 'Sie haben nicht darum gebeten? Dann sagen Sie es sofort dem Betreiber von {project}.',
    },
    account_claimed: {
      subject: '{project}: Ihr Konto gehört jetzt Ihnen',
      paragraphs: [
        'Es gab ein Konto mit Ihrer E-Mail-Adresse, die niemand bestätigt hatte. {provider} sagt, dass die Adresse Ihre ist, also ist es auch das Konto.',
        'Vielleicht hat es jemand anders angelegt. Darum wurden sein Passwort, alle Sitzungen und alle anderen Wege zur Anmeldung entfernt. Sie melden sich mit {provider} an und können in Ihrem Konto ein Passwort setzen.',
      ],
      note: 'Nicht Sie haben sich mit {provider} angemeldet? Dann sagen Sie es sofort dem Betreiber von {project}.',
    },
  },
}
