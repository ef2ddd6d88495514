#pragma once

#include <QString>

namespace flukeprint::ui {

class Theme;

/// Opens the catalogue, lets its jobs end, and writes PAGE-dark.png and PAGE-light.png, 1280x800, of every page into `folder`.
/// Returns the exit status of the program: 0, or 3 when the catalogue cannot be opened or a file not written (said on
/// stderr).
int takeScreenshots(Theme &theme, const QString &catalogue, const QString &folder);

} // namespace flukeprint::ui
