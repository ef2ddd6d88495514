#pragma once

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace flukeprint::ui {

/// A framed panel with rounded corners, with a header line if it has a title. The body is any widget or layout.
class Card : public QFrame
{
    Q_OBJECT
public:
    explicit Card(QWidget *parent = nullptr);
    explicit Card(const QString &title, QWidget *parent = nullptr);

    void setTitle(const QString &title);
    /// To the right of the title: add labels, pills, buttons. Made on first use.
    [[nodiscard]] QHBoxLayout *header();
    /// Below the header, without margins; add what you like.
    [[nodiscard]] QVBoxLayout *body() const { return m_body; }

private:
    QVBoxLayout *m_body = nullptr;
    QHBoxLayout *m_header = nullptr;
    QLabel *m_title = nullptr;
};

/// A thin horizontal rule in the theme's line colour.
[[nodiscard]] QFrame *makeRule(QWidget *parent = nullptr);

} // namespace flukeprint::ui
