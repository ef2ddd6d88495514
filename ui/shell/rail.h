#pragma once

#include <QAbstractButton>
#include <QWidget>

class QButtonGroup;
class QVBoxLayout;

namespace flukeprint::ui {

class Page;

/// One entry of the rail: icon, name, and a count of what waits there.
class RailButton : public QAbstractButton
{
    Q_OBJECT
public:
    RailButton(const QString &title, const QString &iconName, QWidget *parent = nullptr);
    void setBadge(int count);
    [[nodiscard]] int badge() const { return m_badge; }
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    void paintBadge(QPainter &painter, QRect icon);

    QString m_iconName;
    int m_badge = 0;
};

/// The left rail; built from the pages that register.
class Rail : public QWidget
{
    Q_OBJECT
public:
    explicit Rail(QWidget *parent = nullptr);
    void addPage(Page *page);
    void setCurrent(Page *page);

Q_SIGNALS:
    void pageChosen(flukeprint::ui::Page *page);

private:
    QVBoxLayout *m_layout = nullptr;
    QList<QPair<Page *, RailButton *>> m_buttons;
};

} // namespace flukeprint::ui
