#pragma once

#include "ui/theme/icons.h"

#include <QAbstractButton>

class QMenu;

namespace flukeprint::ui {

/// A rounded chip: a fact (static), a filter or a toggle. Checked ones have an accent outline, so that colour is not all that
/// tells them: their text is also stronger.
class Pill : public QAbstractButton
{
    Q_OBJECT
public:
    enum class Kind {
        Static, ///< shows something, takes no focus
        Button, ///< may open a menu
        Toggle,
    };
    enum class Tone { Normal, Accent, Attention, Error };

    explicit Pill(const QString &text, Kind kind = Kind::Static, QWidget *parent = nullptr);

    void setTone(Tone tone);
    [[nodiscard]] Tone tone() const { return m_tone; }
    /// Before the text; a name of ui/theme/icons.
    void setIconName(const QString &name);
    /// Opens below the pill when it is pressed; a chevron shows it. Not owned.
    void setMenu(QMenu *menu);
    /// Longer text is elided at this width in px; the whole stands in the tool tip.
    void setMaximumTextWidth(int width);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    void openMenu();
    [[nodiscard]] QString shownText() const;

    Kind m_kind;
    Tone m_tone = Tone::Normal;
    QString m_iconName;
    QMenu *m_menu = nullptr;
    int m_maximumTextWidth = 0;
};

} // namespace flukeprint::ui
