#pragma once

#include <QAbstractButton>

namespace flukeprint::ui {

/// A large button with an icon, a title and a line of text.
class ChoiceCard : public QAbstractButton
{
    Q_OBJECT
public:
    ChoiceCard(const QString &iconName, const QString &title, const QString &description, QWidget *parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override { return {220, 150}; }

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    QString m_iconName;
    QString m_description;
};

} // namespace flukeprint::ui
