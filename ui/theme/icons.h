#pragma once

#include <QColor>
#include <QIcon>
#include <QPixmap>
#include <QString>

namespace flukeprint::ui {

/// Which colour of the theme a line icon takes while its action is enabled and not checked.
enum class IconTint { Text, Secondary, Accent, OnAccent, Attention, Error };

/// A line icon of resources/icons by its file name without ".svg", tinted whenever it is painted, so that it follows a change of theme.
/// Checked (QIcon::On) icons take the text colour, disabled ones fade. An unknown name gives a null icon.
[[nodiscard]] QIcon icon(const QString &name, IconTint tint = IconTint::Text);

/// The same in one colour, `sidePx` logical px wide and high at the given device pixel ratio.
[[nodiscard]] QPixmap iconPixmap(const QString &name, const QColor &colour, int sidePx, double pixelRatio);

/// The coloured icon of the program.
[[nodiscard]] QIcon applicationIcon();

} // namespace flukeprint::ui
