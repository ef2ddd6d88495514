#pragma once

class QCoreApplication;

namespace flukeprint::ui {

/// Installs the texts of the user's language, or else English, which knows its plurals ("1 photo", "2 photos"). Call once, after
/// the application was made.
void installTranslations(QCoreApplication *application);

} // namespace flukeprint::ui
