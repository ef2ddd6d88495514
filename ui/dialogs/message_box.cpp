#include "ui/dialogs/message_box.h"

#include "core/base/log.h"
#include "ui/text/messages.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QPushButton>

#include <optional>

namespace flukeprint::ui {

namespace {

std::optional<QMessageBox::StandardButton> g_nextAnswer;
QString g_lastText;

/// Qt's own pictures are of another style than this window, and out of place on a dark one.
void setIcon(QMessageBox &box, const QString &name, const QColor &colour)
{
    constexpr int sidePx = 32;
    box.setIconPixmap(iconPixmap(name, colour, sidePx, box.devicePixelRatioF()));
}

QMessageBox::StandardButton run(QMessageBox &box)
{
    g_lastText = box.text();
    if (g_nextAnswer) {
        const auto answer = *g_nextAnswer;
        g_nextAnswer.reset();
        return answer;
    }
    return static_cast<QMessageBox::StandardButton>(box.exec());
}

} // namespace

void MessageBox::setNextAnswer(QMessageBox::StandardButton button)
{
    g_nextAnswer = button;
}

QString MessageBox::lastText()
{
    return g_lastText;
}

void MessageBox::showError(QWidget *parent, const QString &title, const Error &error)
{
    log(LogLevel::Warning, "ui", error.debugText());
    QMessageBox box(QMessageBox::NoIcon, title, messageFor(error), QMessageBox::Ok, parent);
    setIcon(box, QStringLiteral("warning"), Theme::colours().attention);
    box.setObjectName(QStringLiteral("errorBox"));
    if (!error.detail.empty())
        box.setDetailedText(QString::fromStdString(error.debugText()));
    run(box);
}

void MessageBox::showText(QWidget *parent, const QString &title, const QString &text)
{
    QMessageBox box(QMessageBox::NoIcon, title, text, QMessageBox::Ok, parent);
    setIcon(box, QStringLiteral("info"), Theme::colours().accent);
    box.setObjectName(QStringLiteral("textBox"));
    run(box);
}

bool MessageBox::ask(QWidget *parent, const QString &title, const QString &text, const QString &yes)
{
    QMessageBox box(QMessageBox::NoIcon, title, text, QMessageBox::Yes | QMessageBox::Cancel, parent);
    setIcon(box, QStringLiteral("question"), Theme::colours().accent);
    box.setObjectName(QStringLiteral("questionBox"));
    box.button(QMessageBox::Yes)->setText(yes);
    box.setDefaultButton(QMessageBox::Cancel);
    return run(box) == QMessageBox::Yes;
}

} // namespace flukeprint::ui
