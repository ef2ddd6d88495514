#include "ui/catalogue/date_range_pill.h"

#include "core/catalogue/annotation_query.h"
#include "ui/theme/theme.h"
#include "ui/widgets/popup.h"

#include <QCalendarWidget>
#include <QDateEdit>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QTextCharFormat>
#include <QVBoxLayout>

namespace flukeprint::ui {

namespace {

const QString datePattern = QStringLiteral("d MMM yyyy"); // as everywhere else

QDateEdit *makeEdit(const char *name, QDate date, QWidget *parent)
{
    auto *edit = new QDateEdit(date, parent);
    edit->setObjectName(QString::fromLatin1(name));
    edit->setDisplayFormat(datePattern);
    edit->setMinimumWidth(150);
    edit->setCalendarPopup(true);
    QCalendarWidget *calendar = edit->calendarWidget();
    calendar->setObjectName(edit->objectName() + QStringLiteral("Calendar"));
    calendar->setAttribute(Qt::WA_StyledBackground);
    calendar->setContentsMargins(1, 1, 1, 1); // its frame
    calendar->setVerticalHeaderFormat(QCalendarWidget::NoVerticalHeader);
    calendar->setHorizontalHeaderFormat(QCalendarWidget::ShortDayNames);
    // Saturdays and Sundays are days like others at sea; Qt's red would look like an error.
    QTextCharFormat names;
    names.setForeground(Theme::colours().secondary);
    calendar->setHeaderTextFormat(names);
    QTextCharFormat days;
    days.setForeground(Theme::colours().text);
    for (int day = Qt::Monday; day <= Qt::Sunday; ++day)
        calendar->setWeekdayTextFormat(static_cast<Qt::DayOfWeek>(day), days);
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
    if (from.isValid() && to.isValid())
        setText(tr("%1 to %2").arg(locale.toString(from, datePattern), locale.toString(to, datePattern)));
    else
        setText(tr("any date"));
    setTone(from.isValid() ? Tone::Accent : Tone::Normal);
    updateGeometry();
}

std::pair<QDate, QDate> DateRangePill::proposal() const
{
    if (m_from.isValid() && m_to.isValid())
        return {m_from, m_to};
    const auto range = m_catalogue ? catalogue::AnnotationQuery(*m_catalogue).takenRange() : Result<catalogue::TakenRange>(catalogue::TakenRange());
    const QDate first = range ? QDate::fromString(range->firstDay, Qt::ISODate) : QDate();
    const QDate last = range ? QDate::fromString(range->lastDay, Qt::ISODate) : QDate();
    const QDate today = QDate::currentDate();
    return first.isValid() && last.isValid() ? std::pair(first, last) : std::pair(today.addYears(-1), today);
}

void DateRangePill::openPopup()
{
    auto *popup = new Popup(this);
    popup->setObjectName(QStringLiteral("dateRangePopup"));
    const auto [first, last] = proposal();
    auto *from = makeEdit("dateFrom", first, popup);
    auto *to = makeEdit("dateTo", last, popup);
    auto *apply = new QPushButton(tr("Apply"), popup);
    apply->setObjectName(QStringLiteral("dateApply"));
    apply->setProperty("role", "primary");
    auto *clearButton = new QPushButton(tr("Any Date"), popup);
    clearButton->setObjectName(QStringLiteral("dateClear"));
    connect(popup, &Popup::entered, apply, &QAbstractButton::click);
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
