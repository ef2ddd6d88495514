#pragma once

#include <QPushButton>

namespace flukeprint::ui {

/// A button that shows the key that does the same. The key itself belongs to an action of the page.
class KeyButton : public QPushButton
{
    Q_OBJECT
public:
    /// `key` as people read it: "1", "N", "Ctrl Z"; empty: none.
    explicit KeyButton(const QString &text, const QString &key = {}, QWidget *parent = nullptr);

    void setKey(const QString &key);
    /// The one main button of a page.
    void setPrimary(bool primary);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] int keyWidth() const;

    QString m_key;
    bool m_primary = false;
};

/// Draws a key cap ("1") of height 20 centred in `rect`; for delegates.
void paintKeyCap(QPainter *painter, const QRect &rect, const QString &key, bool onAccent = false);

} // namespace flukeprint::ui
