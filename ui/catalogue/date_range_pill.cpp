#include "ui/catalogue/date_range_pill.h"

#include "ui/theme/theme.h"

#include <QDateEdit>
#include <QFormLayout>
#include <QFrame>
#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

namespace flukeprint::ui {

namespace {

QDateEdit *makeEdit(const char *name, QDate date, QWidget *parent)
{
    auto *edit = new QDateEdit(date, parent);
    edit->setObjectName(QString::fromLatin1(name));
    edit->setDisplayFormat(QStringLiteral("yyyy-MM-dd"));
    edit->setMinimumWidth(130);
    edit->setButtonSymbols(QAbstractSpinBox::NoButtons);
    return edit;
}

} // namespace

DateRangePill::DateRangePill(QWidget *parent)
    : Pill({}, Kind::Button, parent)
{
    setIconName(QStringLiteral("calendar"));
    setRange({}, {});
    connect(this, &QAbstractButton::clicked, this, &DateRangePill::openPopup);
}

QString DateRangePill::from() const
{
    return m_from.toString(Qt::ISODate);
}

QString DateRangePill::to() const
{
    return m_to.toString(Qt::ISODate);
}

void DateRangePill::clear()
{
    setRange({}, {});
}

void DateRangePill::setRange(QDate from, QDate to)
{
    m_from = from;
    m_to = to;
    const QLocale locale;
    const QString pattern = QStringLiteral("d MMM yyyy");
    if (from.isValid() && to.isValid())
        setText(tr("%1 to %2").arg(locale.toString(from, pattern), locale.toString(to, pattern)));
    else
        setText(tr("any date"));
    setTone(from.isValid() ? Tone::Accent : Tone::Normal);
    updateGeometry();
}

void DateRangePill::openPopup()
{
    auto *popup = new QFrame(this, Qt::Popup);
    popup->setObjectName(QStringLiteral("dateRangePopup"));
    popup->setProperty("role", "card");
    popup->setAttribute(Qt::WA_DeleteOnClose);
    auto *from = makeEdit("dateFrom", m_from.isValid() ? m_from : QDate::currentDate().addYears(-1), popup);
    auto *to = makeEdit("dateTo", m_to.isValid() ? m_to : QDate::currentDate(), popup);
    auto *apply = new QPushButton(tr("Apply"), popup);
    apply->setObjectName(QStringLiteral("dateApply"));
    apply->setProperty("role", "primary");
    auto *clearButton = new QPushButton(tr("Any Date"), popup);
    clearButton->setObjectName(QStringLiteral("dateClear"));
    connect(apply, &QPushButton::clicked, popup, [this, popup, from, to] {
        setRange(std::min(from->date(), to->date()), std::max(from->date(), to->date()));
        popup->close();
        Q_EMIT rangeChanged();
    });
    connect(clearButton, &QPushButton::clicked, popup, [this, popup] {
        clear();
        popup->close();
        Q_EMIT rangeChanged();
    });
    auto *form = new QFormLayout;
    form->addRow(tr("Taken from"), from);
    form->addRow(tr("up to"), to);
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(clearButton);
    buttons->addStretch();
    buttons->addWidget(apply);
    auto *layout = new QVBoxLayout(popup);
    layout->setContentsMargins(16, 16, 16, 12);
    layout->setSpacing(Sizes::gap);
    layout->addLayout(form);
    layout->addLayout(buttons);
    popup->move(mapToGlobal(QPoint(0, height() + 4)));
    popup->show();
    from->setFocus();
}

} // namespace flukeprint::ui
